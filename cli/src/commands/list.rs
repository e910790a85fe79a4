//! All users are told of, a page at a time: what was printed is held no longer.

use portreeve_api::User;
use portreeve_tokio::Portreeve;

use crate::failure::Failure;
use crate::output::{Output, Spinner, Users};

/// Prints each page as it comes, and asks for no more once nobody reads it. The spinner is gone by then.
pub(super) async fn list(
    portreeve: &Portreeve,
    spinner: Spinner,
    output: Output,
) -> Result<(), Failure> {
    let mut spinner = Some(spinner);
    let mut listing = portreeve.list();
    let mut users = Users::new(output);
    while let Some(page) = listing.next_page().await? {
        drop(spinner.take());
        let page: Vec<_> = page.iter().map(User::from).collect();
        if users.page(&page)?.is_break() {
            return Ok(());
        }
    }
    drop(spinner);
    users.end()
}
