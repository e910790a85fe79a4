//! What a record is to say: as it is known, anew, with another token.

use core::time::Duration;

use crate::effect::Expect;
use crate::lifecycle::context::Context;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::{Body, FIRST_TOKEN_GENERATION, Intent};
use crate::token::{Token, TokenOf};

impl Tenancy {
    /// The record as it is known, if it may be written now.
    pub(super) fn as_it_is(&self, cx: &Context) -> Option<(Expect, Body)> {
        if !self.store_slot.is_free(cx.now) {
            return None;
        }
        let record = self.record(cx.now)?;
        let mut body = record.body.clone();
        body.container = self.current_container.resolve(record).cloned();
        // What is left of the wait, and not what was left when it was read.
        if let Some(failure) = &mut body.failure {
            failure.retry_in = self
                .retry_at
                .map_or(Duration::ZERO, |due| due.since(cx.now));
        }
        Some((Expect::At(record.version), body))
    }

    /// What a new user's record says.
    pub(super) fn first_body(&self, cx: &mut Context) -> (Expect, Body) {
        let record = cx.entropy.record_id();
        let token = cx.entropy.token();
        let nonce = cx.entropy.bytes();
        let of = TokenOf {
            user: &self.user,
            record,
            generation: FIRST_TOKEN_GENERATION,
        };
        let body = Body {
            names: cx.settings.naming.names(&self.user),
            token: cx.settings.keyring.seal(of, &token, nonce),
            token_generation: of.generation,
            intent: Intent::Starting,
            container: None,
            template_generation: cx.settings.generation,
            idle_limit: None,
            failure: None,
            adopted: false,
            purging: false,
        };
        (Expect::Absent(record), body)
    }

    pub(super) fn renew_token(&self, cx: &mut Context, expect: Expect, body: &mut Body) {
        // Whatever it says, the next one is another.
        let step = cx.entropy.generation_step();
        body.token_generation = body.token_generation.wrapping_add(step);
        let token = cx.entropy.token();
        self.seal_token(cx, expect, body, &token);
    }

    /// Puts a token into what is to be written, sealed as the one that the rest of it says.
    pub(super) fn seal_token(
        &self,
        cx: &mut Context,
        expect: Expect,
        body: &mut Body,
        token: &Token,
    ) {
        let nonce = cx.entropy.bytes();
        let of = body.token_of(&self.user, expect.record());
        body.token = cx.settings.keyring.seal(of, token, nonce);
    }
}
