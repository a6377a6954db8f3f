//! From samples to statements: distributions' functions, quantiles and their intervals, resampling,
//! comparisons, trends and change points.
//!
//! Everything is bit-identical natively and in wasm, so the transcendental functions are `libm`'s;
//! what needs chance takes its random words from the caller.

mod autocorrelation;
mod beta;
mod bootstrap;
mod change_point;
mod compare_means;
mod descriptive;
mod draws;
mod gamma;
mod histogram;
mod interval;
mod normal;
mod quantile;
mod trend;
mod windows;

pub use autocorrelation::{effective_sample_size, lag1};
pub use beta::{beta_inc, binomial_cdf, student_t_quantile, student_t_upper};
pub use bootstrap::{BlockBootstrap, HarrellDavisBootstrap};
pub use change_point::{ChangePoint, change_points};
pub use compare_means::{MeanDifference, holm};
pub use descriptive::{LOW_PERCENTILES, PERCENTILES, Percentile, Summary, describe, describe_at};
pub use draws::Draws;
pub use gamma::{gamma_lower, gamma_quantile_lower, gamma_quantile_upper, gamma_upper};
pub use histogram::{BUCKETS, Column, Histogram, bucket_bounds, bucket_of};
pub use interval::{
    Interval, mean_and_sd, mean_interval, quantile_interval, quantile_ranks, samples_for_estimate, samples_for_interval,
};
pub use normal::{normal_cdf, normal_quantile};
pub use quantile::{HarrellDavis, QuantileMethod, quantile};
pub use trend::{MAX_TREND, MannKendall, Sen, corrected_mann_kendall, mann_kendall, sen};
pub use windows::Windows;
