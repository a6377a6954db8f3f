//! The quotas of a new account, for whoever asks for them.

use crate::catalog::{burndown_of, default_quota};

use super::Scenario;

impl Scenario {
    /// The scenario with a new account's quotas for each of its models, where it does not say its own: tokens and
    /// requests a minute of the model behind its inference profile, and what an output token costs of them.
    ///
    /// # Source
    /// AWS General Reference and the token burndown page, as `catalog/quotas.csv` has them with their dates.
    #[must_use]
    pub fn with_default_quotas(&self) -> Scenario {
        let mut scenario = self.clone();
        let escalated = self.types.iter().filter_map(|kind| Some(kind.escalation.as_ref()?.model.as_str()));
        let ids = self.types.iter().flat_map(|kind| kind.branches().map(|(id, _)| id)).chain(escalated);
        for id in ids {
            let quota = default_quota(id);
            let burndown = Some(burndown_of(id)).filter(|burndown| *burndown > 1.0);
            if quota.is_none() && burndown.is_none() {
                continue;
            }
            let own = scenario.models.entry(id.to_string()).or_default();
            // A limit of all models is the team's own word, too.
            own.tpm = own.tpm.or(quota.and_then(|quota| quota.tpm).filter(|_| self.capacity.tpm.is_none()));
            own.rpm = own.rpm.or(quota.and_then(|quota| quota.rpm).filter(|_| self.capacity.rpm.is_none()));
            own.burndown = own.burndown.or(burndown);
        }
        scenario
    }
}
