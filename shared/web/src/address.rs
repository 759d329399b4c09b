//! Where a request comes from, as API Gateway saw it. A header that anybody can write is not believed.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::Request;
use lambda_http::request::RequestContext;

/// For counting: an IPv4 address, or the /64 of an IPv6 address, which is what one customer has.
pub(crate) fn of(request: &Request) -> String {
    let address = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
        _ => None,
    };
    match address.as_deref().map(str::parse::<IpAddr>) {
        Some(Ok(IpAddr::V4(address))) => address.to_string(),
        Some(Ok(IpAddr::V6(address))) => network(address),
        Some(Err(_)) | None => "unknown".to_owned(),
    }
}

fn network(address: Ipv6Addr) -> String {
    if let Some(v4) = address.to_ipv4_mapped() {
        return v4.to_string();
    }
    let [a, b, c, d, ..] = address.segments();
    format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_is_one_network() {
        let first = network("2001:db8:1:2:3:4:5:6".parse().expect("an address"));
        assert_eq!(first, network("2001:db8:1:2:ffff::1".parse().expect("an address")));
        assert_eq!(network("::ffff:192.0.2.1".parse().expect("an address")), "192.0.2.1");
    }
}
