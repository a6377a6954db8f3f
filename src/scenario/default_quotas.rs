//! The quotas of a new account, for whoever asks for them.

use crate::catalog::default_quota;

use super::Scenario;

impl Scenario {
    /// The scenario with a new account's quotas for each of its models, where it does not say its own: tokens and
    /// requests a minute of the model behind its inference profile.
    ///
    /// # Source
    /// AWS General Reference, as `catalog/quotas.csv` has it with its dates.
    #[must_use]
    pub fn with_default_quotas(&self) -> Scenario {
        let mut scenario = self.clone();
        let escalated = self.types.iter().filter_map(|kind| Some(kind.escalation.as_ref()?.model.as_str()));
        let ids = self.types.iter().flat_map(|kind| kind.branches().map(|(id, _)| id)).chain(escalated);
        for id in ids {
            let Some(quota) = default_quota(id) else { continue };
            let own = scenario.models.entry(id.to_string()).or_default();
            // A limit of all models is the team's own word, too.
            own.tpm = own.tpm.or(quota.tpm.filter(|_| self.capacity.tpm.is_none()));
            own.rpm = own.rpm.or(quota.rpm.filter(|_| self.capacity.rpm.is_none()));
        }
        scenario
    }

    /// Quota tokens that one output token of a model costs, as the scenario says of the model or of all of them; `None`
    /// where it is silent, and the model's own rate counts ([`burndown_of`](crate::catalog::burndown_of)).
    pub fn said_burndown(&self, id: &str) -> Option<f64> {
        self.models.get(id).and_then(|own| own.burndown).or(self.capacity.burndown)
    }
}
