//! From samples to statements: distributions' functions, histograms and their quantiles.
//!
//! Everything is bit-identical natively and in wasm, so the transcendental functions are `libm`'s.

mod gamma;
mod histogram;
mod normal;

pub use gamma::{gamma_lower, gamma_quantile_lower, gamma_quantile_upper, gamma_upper};
pub use histogram::{BUCKETS, Column, Histogram, bucket_bounds, bucket_of};
pub use normal::{normal_cdf, normal_quantile};
