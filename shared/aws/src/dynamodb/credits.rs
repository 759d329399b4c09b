//! Reading credits.

use async_trait::async_trait;
use sansfond_domain::ports::{Balances, Page, PageRequest, PortError};
use sansfond_domain::{AccountId, Balance, LedgerEntry};

use super::Table;
use super::rows::{BALANCE, Filter, LEDGER, account_pk, key, read};

#[async_trait]
impl Balances for Table {
    async fn balance(&self, account: &AccountId) -> Result<Option<Balance>, PortError> {
        self.get(key(account_pk(account), BALANCE)).await?.map(read).transpose()
    }

    async fn ledger(&self, account: &AccountId, page: &PageRequest) -> Result<Page<LedgerEntry>, PortError> {
        self.page(account, LEDGER, &Filter::default(), page).await
    }
}
