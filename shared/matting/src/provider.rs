//! Execution providers, and the features of this machine's CPU.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use ort::ep::{self, ArbitrarilyConfigurableExecutionProvider, ExecutionProviderDispatch};

use crate::runtime::RuntimeHome;

/// An execution provider of ONNX Runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// The fastest installed provider that this machine can use; the log names it.
    #[default]
    Auto,
    /// ONNX Runtime's own CPU kernels, 32-bit floats.
    Cpu,
    /// Intel OpenVINO on the CPU, bfloat16 where the CPU has instructions for it.
    OpenVino,
    /// NVIDIA CUDA.
    Cuda,
    /// NVIDIA TensorRT.
    TensorRt,
}

/// The text is not the name of a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an execution provider; use auto, cpu, openvino, cuda or tensorrt")]
pub struct UnknownProvider(String);

impl Provider {
    /// All providers, in the order of help texts.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Cpu, Self::OpenVino, Self::Cuda, Self::TensorRt];

    /// The name in options and requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::OpenVino => "openvino",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
        }
    }

    /// Replaces `Auto` by the best provider of this machine.
    pub(crate) fn resolve(self, home: &RuntimeHome) -> Self {
        match self {
            Self::Auto if home.has(Self::Cuda) && has_nvidia_gpu() => Self::Cuda,
            // In 32-bit floats OpenVINO is a tenth faster than ONNX Runtime, and starts 0.8 s slower.
            Self::Auto if home.has(Self::OpenVino) && cpu_has_bf16() => Self::OpenVino,
            Self::Auto => Self::Cpu,
            chosen => chosen,
        }
    }

    /// ONNX Runtime's providers, in order of preference; empty for its own CPU kernels. `cache` is a folder
    /// for files that speed up the next start.
    pub(crate) fn dispatch(self, threads: usize, cache: &Path) -> Vec<ExecutionProviderDispatch> {
        match self {
            Self::Auto | Self::Cpu => Vec::new(),
            Self::OpenVino => {
                // The options are passed as text: as a path to a file they fail to load, and some builds of
                // ONNX Runtime then run on the CPU without an error.
                let precision = if cpu_has_bf16() { "bf16" } else { "f32" };
                let hint = format!(r#"{{"CPU":{{"INFERENCE_PRECISION_HINT":"{precision}"}}}}"#);
                let provider = ep::OpenVINO::default()
                    .with_device_type("CPU")
                    .with_num_threads(threads)
                    .with_arbitrary_config("load_config", hint);
                vec![provider.build().error_on_failure()]
            }
            Self::Cuda => vec![ep::CUDA::default().build().error_on_failure()],
            // Nodes that TensorRT does not support run on CUDA; without it they would run on the CPU.
            Self::TensorRt => {
                vec![tensorrt(cache).error_on_failure(), ep::CUDA::default().build().error_on_failure()]
            }
        }
    }
}

/// Building an engine takes minutes, so it is cached: TensorRT names it by the graph and the GPU. If it
/// cannot be cached, it is built at each start.
fn tensorrt(cache: &Path) -> ExecutionProviderDispatch {
    let provider = ep::TensorRT::default().with_fp16(true);
    let folder = cache.join("tensorrt");
    match std::fs::create_dir_all(&folder) {
        Ok(()) => provider
            .with_engine_cache(true)
            .with_engine_cache_path(folder.display())
            .with_timing_cache(true)
            .with_timing_cache_path(folder.display())
            .build(),
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "TensorRT's engine cannot be cached; each start takes minutes");
            provider.build()
        }
    }
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.name() == text.to_ascii_lowercase())
            .ok_or_else(|| UnknownProvider(text.to_owned()))
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

fn has_nvidia_gpu() -> bool {
    Path::new("/proc/driver/nvidia/version").exists()
}

/// Whether the CPU multiplies bfloat16 numbers in hardware (AVX-512 BF16 or AMX).
#[must_use]
pub fn cpu_has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__cpuid_count, __get_cpuid_max};
        if __get_cpuid_max(0).0 < 7 || !is_x86_feature_detected!("avx512f") {
            return false;
        }
        // Intel SDM, CPUID leaf 7: subleaf 0 EDX bit 22 is AMX-BF16, subleaf 1 EAX bit 5 AVX512-BF16.
        let amx = __cpuid_count(7, 0).edx & (1 << 22) != 0;
        let avx512 = __cpuid_count(7, 1).eax & (1 << 5) != 0;
        amx || avx512
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// The CPU features that an optimized graph depends on: ONNX Runtime lays weights out for the width of the
/// vectors.
pub(crate) fn cpu_key() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            "x86_64-avx512"
        } else if is_x86_feature_detected!("avx2") {
            "x86_64-avx2"
        } else {
            "x86_64"
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        std::env::consts::ARCH
    }
}
