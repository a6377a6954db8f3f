/// Python's `random.Random`: the Mersenne Twister with its seeding, `random()` and `gauss()`.
///
/// # Source
/// Matsumoto and Nishimura (1998), MT19937; CPython 3.11, `Modules/_randommodule.c` and
/// `Lib/random.py`, for the order in which they draw.
#[derive(Clone)]
pub struct PythonRandom {
    state: [u32; N],
    index: usize,
    /// The second normal of the last pair.
    spare: Option<f64>,
}

const N: usize = 624;
const M: usize = 397;

impl PythonRandom {
    /// `random.Random(seed)`.
    pub fn new(seed: u64) -> Self {
        let key: &[u32] = &[seed as u32, (seed >> 32) as u32];
        let key = if seed >> 32 == 0 { &key[..1] } else { key };
        let mut state = [0_u32; N];
        state[0] = 19_650_218;
        for i in 1..N {
            state[i] = scramble(state[i - 1]).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        let (mut i, mut j) = (1, 0);
        for _ in 0..N {
            state[i] =
                (state[i] ^ scramble(state[i - 1]).wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            (i, j) = (i + 1, (j + 1) % key.len());
            if i == N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            state[i] = (state[i] ^ scramble(state[i - 1]).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i == N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        PythonRandom { state, index: N, spare: None }
    }

    /// A uniform number in [0, 1) with 53 random bits.
    pub fn random(&mut self) -> f64 {
        let (a, b) = (self.next() >> 5, self.next() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }

    /// A normal number.
    pub fn gauss(&mut self, mean: f64, sd: f64) -> f64 {
        let z = self.spare.take().unwrap_or_else(|| {
            let angle = self.random() * std::f64::consts::TAU;
            let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.random()));
            self.spare = Some(libm::sin(angle) * radius);
            libm::cos(angle) * radius
        });
        mean + z * sd
    }

    fn next(&mut self) -> u32 {
        if self.index == N {
            for i in 0..N {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7FFF_FFFF);
                let twist = if y & 1 == 1 { 0x9908_B0DF } else { 0 };
                self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ twist;
            }
            self.index = 0;
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }
}

fn scramble(x: u32) -> u32 {
    x ^ (x >> 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by CPython 3.11.
    #[test]
    fn draws_what_python_draws() {
        let mut random = PythonRandom::new(42);
        assert_eq!(random.random(), 0.639_426_798_457_883_7);
        assert_eq!(random.random(), 0.025_010_755_222_666_936);
        let mut random = PythonRandom::new(42);
        let normals: Vec<_> = (0..3).map(|_| random.gauss(0.0, 1.0)).collect();
        for (got, expected) in normals.iter().zip([GAUSS_42[0], GAUSS_42[1], GAUSS_42[2]]) {
            assert!((got - expected).abs() < 1e-15, "{normals:?}");
        }
        assert_eq!(PythonRandom::new(1 << 40).random(), RANDOM_2_40);
    }

    const GAUSS_42: [f64; 3] = [-0.14409032957792836, -0.1729036003315193, -0.11131586156766246];
    const RANDOM_2_40: f64 = 0.1036394562812375;
}
