// Every peer of the kernel bench: who, in which form, how its program starts, and what it can do.

/** The expert's flag: XLA's default is 256 bit on AVX-512 machines. */
const WIDE = '--xla_cpu_prefer_vector_width=512';

/** XLA's flags for a number of threads; `devices` makes each thread a CPU device. */
const xla =
  ({ devices = false, wide = false } = {}) =>
  (threads) => {
    const flags = wide ? [WIDE] : [];
    if (threads === 1) flags.push('--xla_cpu_multi_thread_eigen=false');
    if (devices) flags.push(`--xla_force_host_platform_device_count=${threads}`);
    return { JAX_PLATFORMS: 'cpu', XLA_FLAGS: flags.join(' ') };
  };

const both = [1, 2];
const one = [1];

/**
 * group: which --peers lists it; tool: what it needs; threads: numbers of threads that it can use; replicas: of the steady state;
 * whole: how it does the whole job, once for each entry: `sample` trains so many steps (and replicas) and the rest is estimated,
 * `warm` keeps the compile cache between runs.
 */
const js = (peer, form, file, options = {}) => ({
  ...{ group: 'js', tool: 'node', peer, form, file, variant: '-', threads: one, replicas: 4096, whole: [{}] },
  ...options,
});
const native = (form, build) => js('C++', form, build, { tool: build, threads: both });
const python = (peer, form, file, variant, options = {}) => ({
  ...js(peer, form, file, { variant, threads: both, ...options }),
  group: 'python',
  tool: peer === 'PyTorch' ? 'torch' : 'python',
});
const compiled = [{}, { warm: true }];
const tfjs = (backend, replicas) => ['hand', 'autodiff'].map((form) => ({ backend, form, replicas }));

export const OURS = js('ours', 'kernel', 'ours.mjs', { group: 'all', threads: both });
/** The command that a user types: it also counts outcomes, hashes every replica, stores records and computes statistics. */
export const COMMAND = js('ours', 'ncnet train', '', { group: 'all', threads: both, steady: false });

export const PEERS = [
  OURS,
  COMMAND,
  native('512 bit, FMA', 'native-512'),
  native('256 bit, FMA', 'native-256'),
  native('128 bit, no FMA', 'native-128'),
  js('JavaScript', 'plain, f64', 'plain.mjs'),
  ...[...tfjs('wasm', 4096), ...tfjs('cpu', 1024)].map(({ backend, form, replicas }) =>
    js(`TensorFlow.js ${backend}`, form === 'hand' ? 'gradient by hand' : 'autodiff', 'tfjs.mjs', {
      variant: `${backend}-${form}`,
      replicas,
      whole: [{ sample: { steps: 20, replicas } }],
    }),
  ),
  python('numba', 'lanes of 64, FMA', 'numba_peer.py', 'lanes'),
  python('numba', 'plain loop', 'numba_peer.py', 'loop'),
  python('JAX', 'arrays, blocks of 64', 'jax_peer.py', 'arrays', {
    env: xla({ devices: true, wide: true }),
    whole: compiled,
  }),
  python('JAX', 'rows, blocks of 128', 'jax_peer.py', 'rows', { env: xla({ devices: true, wide: true }) }),
  python('JAX', 'vmap + grad + scan', 'jax_peer.py', 'vmap', { env: xla() }),
  python('numpy', 'replicas last', 'numpy_peer.py', 'last', { threads: one }),
  python('PyTorch', 'compile, vectors', 'torch_peer.py', 'compile-vectors', { whole: compiled }),
  python('PyTorch', 'compile, arrays', 'torch_peer.py', 'compile-arrays', { whole: [] }),
  python('PyTorch', 'bmm, autograd', 'torch_peer.py', 'bmm', { whole: [{ sample: { steps: 50, replicas: 4096 } }] }),
  python('PyTorch', 'vmap + grad', 'torch_peer.py', 'vmap', { whole: [{ sample: { steps: 50, replicas: 4096 } }] }),
  python('PyTorch', 'one network', 'torch_peer.py', 'one-net', {
    threads: one,
    replicas: 16,
    whole: [{ sample: { steps: 50, replicas: 16 } }],
  }),
];
