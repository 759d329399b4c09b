//! The table as `infra/template.yaml` declares it; a test compares the two.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use KeyType::{Hash, Range};
use ScalarAttributeType::{N, S};

const ATTRIBUTES: [(&str, ScalarAttributeType); 4] = [("pk", S), ("sk", S), ("due_pk", S), ("due_at", N)];
const KEYS: [(&str, KeyType); 2] = [("pk", Hash), ("sk", Range)];
const INDEX: &str = "due";
const INDEX_KEYS: [(&str, KeyType); 2] = [("due_pk", Hash), ("due_at", Range)];
const TIME_TO_LIVE: &str = "ttl";

/// Creates the table.
pub(crate) async fn create(sdk: &SdkConfig, name: &str) {
    let client = Client::new(sdk);
    let everything = Projection::builder().projection_type(ProjectionType::All).build();
    let index = GlobalSecondaryIndex::builder().index_name(INDEX).projection(everything);
    let index = index.set_key_schema(Some(schema(INDEX_KEYS))).build().expect("an index");
    let attributes = ATTRIBUTES.map(|(name, kind)| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind)
            .build()
            .expect("an attribute")
    });
    let table = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let table = table.set_attribute_definitions(Some(attributes.to_vec()));
    let table = table.set_key_schema(Some(schema(KEYS))).global_secondary_indexes(index);
    table.send().await.expect("a table");
    let ttl = TimeToLiveSpecification::builder().attribute_name(TIME_TO_LIVE).enabled(true);
    let update = client.update_time_to_live().table_name(name);
    let update = update.time_to_live_specification(ttl.build().expect("an attribute"));
    update.send().await.expect("a time to live");
}

fn schema(keys: [(&str, KeyType); 2]) -> Vec<KeySchemaElement> {
    let key = |(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    keys.map(|pair| key(pair).expect("a key")).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<T>(list: &[(&str, T)], label: &str, word: impl Fn(&T) -> &str) -> Vec<String> {
        list.iter()
            .map(|(name, one)| format!("{{ AttributeName: {name}, {label}: {} }}", word(one)))
            .collect()
    }

    #[test]
    fn the_table_is_the_one_of_the_template() {
        let template = include_str!("../../../infra/template.yaml");
        let table = template.split_once("Type: AWS::DynamoDB::Table").expect("a table").1;
        let table = table.split_once("\n\n").expect("its end").0;
        let keys = |list: &[_]| pairs(list, "KeyType", |kind: &KeyType| kind.as_str()).join(", ");
        for attribute in pairs(&ATTRIBUTES, "AttributeType", |kind| kind.as_str()) {
            assert!(table.contains(&attribute), "{attribute}");
        }
        assert_eq!(table.matches("AttributeType:").count(), ATTRIBUTES.len());
        assert_eq!(table.matches("IndexName:").count(), 1);
        for line in [
            format!("KeySchema: [{}]\n      GlobalSecondaryIndexes", keys(&KEYS)),
            format!("IndexName: {INDEX}\n          KeySchema: [{}]", keys(&INDEX_KEYS)),
            "Projection: { ProjectionType: ALL }".to_owned(),
            format!("TimeToLiveSpecification: {{ AttributeName: {TIME_TO_LIVE}, Enabled: true }}"),
            "BillingMode: PAY_PER_REQUEST".to_owned(),
        ] {
            assert!(table.contains(&line), "{line}");
        }
    }
}
