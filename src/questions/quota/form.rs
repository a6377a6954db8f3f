//! AWS's quota-increase request, filled in as far as a log tells.
//!
//! # Source
//! The questions of the runtime's request as AWS staff list them (community.aws, managing throughput, 2025-04).

use serde::Serialize;

use crate::words::{Locale, Word};

use super::UnitNeeds;

/// The answers to AWS's questions; `None` for what only the team knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuotaForm {
    pub account_contact: Option<String>,
    pub use_case: Option<String>,
    pub model_ids: Vec<String>,
    pub regions: Vec<String>,
    pub inference_profile_ids: Vec<String>,
    pub tpm_steady_p50: Option<f64>,
    pub tpm_peak_p90: Option<f64>,
    pub rpm_steady_p50: Option<f64>,
    pub rpm_peak_p90: Option<f64>,
    pub tpm_busiest_minute: Option<f64>,
    pub rpm_busiest_minute: Option<f64>,
    pub average_input_tokens: Option<f64>,
    pub average_output_tokens: Option<f64>,
    pub share_over_25k_input: Option<f64>,
    pub growth: Option<String>,
    pub monitoring: Option<String>,
    pub previous_provider: Option<String>,
    pub history: Option<String>,
    /// The whole of it as text to copy.
    pub text: String,
}

impl QuotaForm {
    /// The form of the quota that needs it first; its text has those of the others behind it, as each model asks for
    /// its own.
    pub fn of(models: &[UnitNeeds], locale: &dyn Locale) -> Self {
        let mut forms = models.iter().map(|needs| Self::of_one(needs, locale));
        let Some(mut first) = forms.next() else { return QuotaForm::default() };
        for other in forms {
            first.text.push('\n');
            first.text.push_str(&other.text);
        }
        first
    }

    fn of_one(needs: &UnitNeeds, locale: &dyn Locale) -> Self {
        let (profiles, ids): (Vec<String>, Vec<String>) =
            needs.ids.iter().cloned().partition(|id| crate::catalog::base_id(id) != id);
        let whole = |value: Option<f64>| value.map(libm::ceil);
        let mut form = QuotaForm {
            model_ids: if ids.is_empty() { vec![crate::catalog::base_id(&needs.model).to_string()] } else { ids },
            regions: needs.regions.clone(),
            inference_profile_ids: profiles,
            tpm_steady_p50: whole(needs.tpm.p50),
            tpm_peak_p90: whole(needs.tpm.p90),
            rpm_steady_p50: whole(needs.rpm.p50),
            rpm_peak_p90: whole(needs.rpm.p90),
            tpm_busiest_minute: whole(needs.tpm.peak),
            rpm_busiest_minute: whole(needs.rpm.peak),
            average_input_tokens: Some(libm::round(needs.average_input)),
            average_output_tokens: Some(libm::round(needs.average_output)),
            share_over_25k_input: Some(needs.share_over_25k),
            ..QuotaForm::default()
        };
        form.text = form.written(locale);
        form
    }

    /// The form as text, in a language.
    pub fn written(&self, locale: &dyn Locale) -> String {
        let list = |values: &[String]| Some(values.join(", ")).filter(|list| !list.is_empty());
        let number = |value: Option<f64>| value.map(|value| locale.number(value));
        let rows: [(Word, Option<String>); 18] = [
            (Word::quota_q_form_contact, self.account_contact.clone()),
            (Word::quota_q_form_use_case, self.use_case.clone()),
            (Word::quota_q_form_models, list(&self.model_ids)),
            (Word::quota_q_form_regions, list(&self.regions)),
            (Word::quota_q_form_profiles, list(&self.inference_profile_ids)),
            (Word::quota_q_form_tpm_p50, number(self.tpm_steady_p50)),
            (Word::quota_q_form_tpm_p90, number(self.tpm_peak_p90)),
            (Word::quota_q_form_rpm_p50, number(self.rpm_steady_p50)),
            (Word::quota_q_form_rpm_p90, number(self.rpm_peak_p90)),
            (Word::quota_q_form_tpm_most, number(self.tpm_busiest_minute)),
            (Word::quota_q_form_rpm_most, number(self.rpm_busiest_minute)),
            (Word::quota_q_form_input, number(self.average_input_tokens)),
            (Word::quota_q_form_output, number(self.average_output_tokens)),
            (Word::quota_q_form_large, self.share_over_25k_input.map(|share| locale.percent(share))),
            (Word::quota_q_form_growth, self.growth.clone()),
            (Word::quota_q_form_monitoring, self.monitoring.clone()),
            (Word::quota_q_form_provider, self.previous_provider.clone()),
            (Word::quota_q_form_history, self.history.clone()),
        ];
        let open = locale.template(Word::quota_q_form_open);
        let lines =
            rows.map(|(word, value)| format!("{}: {}\n", locale.template(word), value.as_deref().unwrap_or(open)));
        lines.concat()
    }
}
