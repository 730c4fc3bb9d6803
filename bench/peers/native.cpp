// The native limit of workload W: one replica per vector lane, the parameters of a block stay in the first cache for all steps.
// Built with LANES and the instruction set of choice; speaks the protocol of protocol.mjs.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <string>
#include <thread>
#include <vector>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float Vector __attribute__((vector_size(4 * LANES)));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));

constexpr float RATE = 0.5f / 8;
constexpr double TIMED_SECONDS = 0.25;

INLINE Vector all(float value) { return value - Vector{}; }
// Spelt out where the compiler would compare and blend.
#if LANES == 16 && defined(__AVX512F__)
INLINE Vector clamp(Vector x, float limit) { return _mm512_max_ps(_mm512_min_ps(x, all(limit)), all(-limit)); }
#elif LANES == 8 && defined(__AVX__)
INLINE Vector clamp(Vector x, float limit) { return _mm256_max_ps(_mm256_min_ps(x, all(limit)), all(-limit)); }
#elif LANES == 4 && defined(__SSE__)
INLINE Vector clamp(Vector x, float limit) { return _mm_max_ps(_mm_min_ps(x, all(limit)), all(-limit)); }
#else
INLINE Vector clamp(Vector x, float limit) {
  x = x < all(limit) ? x : all(limit);
  return x > all(-limit) ? x : all(-limit);
}
#endif

// Rational in x^2, 5 ulp.
INLINE Vector tanh(Vector x) {
  x = clamp(x, 7.9f);
  Vector u = x * x;
  Vector p = u * 1.542819771988125e-08f + 2.2023404615410372e-05f;
  p = p * u + 0.003579001654540344f;
  p = p * u + 0.13450628672516626f;
  p = p * u + 0.999999994356843f;
  Vector q = u * 8.598871205917826e-07f + 0.0003423666333671484f;
  q = q * u + 0.02619227454859763f;
  q = q * u + 0.46783956675893246f;
  q = q * u + 1.0f;
  return x * p / q;
}

// 1 / (1 + e^-x) with two-part ln 2 and degree 6.
INLINE Vector sigmoid(Vector x) {
  x = clamp(-x, 60);
  Vector t = x * 1.44269504088896341f + 12582912.0f;
  Vector k = t - 12582912.0f;
  Vector r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  Vector p = r * 0.001394116075f + 0.008375168289f;
  p = p * r + 0.04166635227f;
  p = p * r + 0.1666641501f;
  p = p * r + 0.5000000047f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return 1.0f / (1.0f + (Vector)((Integers)p + ((Integers)t << 23)));
}

INLINE Vector total(const Vector *a) { return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])); }
INLINE Vector dot(const Vector *a, const Vector *h) {
  return (((a[0] * h[0] + a[1] * h[1]) + a[2] * h[2]) + a[3] * h[3]) + (((a[4] * h[4] + a[5] * h[5]) + a[6] * h[6]) + a[7] * h[7]);
}

#define EACH_ROW _Pragma("GCC unroll 8") for (int s = 0; s < 8; s++)

// w: n units of b, w0, w1, w2, wa, wb, then ba, bb. h: room for [n][8] activations. y: [2][8] targets. N: the width if known.
template <int N>
static __attribute__((noinline)) void train_block(Vector *__restrict w, Vector *__restrict h, const float *y, int width, int steps) {
  const int n = N ? N : width;
  Vector *heads = w + 6 * n;
  for (int step = 0; step < steps; step++) {
    Vector a[8], b[8];
    EACH_ROW a[s] = heads[0], b[s] = heads[1];
    for (int j = 0; j < n; j++) {
      const Vector *u = w + 6 * j;
      Vector z[8] = {u[0], u[0] + u[1], u[0] + u[2]};
      z[3] = z[1] + u[2];
      for (int s = 0; s < 4; s++) z[4 + s] = z[s] + u[3];
      EACH_ROW {
        Vector q = tanh(z[s]);
        h[8 * j + s] = q;
        a[s] += u[4] * q;
        b[s] += u[5] * q;
      }
    }
    EACH_ROW a[s] = sigmoid(a[s]) - y[s], b[s] = sigmoid(b[s]) - y[8 + s];
    for (int j = 0; j < n; j++) {
      Vector *u = w + 6 * j, wa = u[4], wb = u[5], q[8], e[8];
      EACH_ROW q[s] = h[8 * j + s];
      EACH_ROW e[s] = (a[s] * wa + b[s] * wb) * (1.0f - q[s] * q[s]);
      Vector g2 = (e[4] + e[5]) + (e[6] + e[7]);
      u[0] -= RATE * (((e[0] + e[1]) + (e[2] + e[3])) + g2);
      u[1] -= RATE * ((e[1] + e[3]) + (e[5] + e[7]));
      u[2] -= RATE * ((e[2] + e[3]) + (e[6] + e[7]));
      u[3] -= RATE * g2;
      u[4] = wa - RATE * dot(a, q);
      u[5] = wb - RATE * dot(b, q);
    }
    heads[0] -= RATE * total(a);
    heads[1] -= RATE * total(b);
  }
}

struct Job {
  int n, replicas, threads, blocks, parameters;
  std::vector<float> start;
  Vector *weights;

  Job(int n, int replicas, int threads, const char *path) : n(n), replicas(replicas), threads(threads) {
    parameters = 6 * n + 2;
    blocks = (replicas + LANES - 1) / LANES;
    start.resize((size_t)replicas * parameters);
    FILE *file = fopen(path, "rb");
    if (!file || fread(start.data(), 4, start.size(), file) != start.size()) {
      fprintf(stderr, "native: expected %zu start weights in %s\n", start.size(), path);
      exit(1);
    }
    fclose(file);
    weights = new (std::align_val_t(64)) Vector[(size_t)blocks * parameters];
  }

  float &at(int replica, int p) { return ((float *)(weights + (size_t)(replica / LANES) * parameters + p))[replica % LANES]; }

  void prepare() {
    for (int r = 0; r < replicas; r++)
      for (int p = 0; p < parameters; p++) at(r, p) = start[(size_t)r * parameters + p];
  }

  void run(const float *y, int steps) {
    std::atomic<int> next{0};
    auto work = [&] {
      std::vector<Vector> h(8 * n);
      for (int block; (block = next++) < blocks;) {
        Vector *w = weights + (size_t)block * parameters;
        if (n == 3) train_block<3>(w, h.data(), y, n, steps);
        else train_block<0>(w, h.data(), y, n, steps);
      }
    };
    std::vector<std::thread> others;
    for (int i = 1; i < threads; i++) others.emplace_back(work);
    work();
    for (auto &other : others) other.join();
  }

  double loss(const float *y) {
    double sum = 0;
    for (int r = 0; r < replicas; r++)
      for (int s = 0; s < 8; s++)
        for (int k = 0; k < 2; k++) {
          double o = at(r, 6 * n + k);
          for (int j = 0; j < n; j++) {
            double z = at(r, 6 * j);
            for (int i = 0; i < 3; i++)
              if (s >> i & 1) z += at(r, 6 * j + 1 + i);
            o += at(r, 6 * j + 4 + k) * std::tanh(z);
          }
          if (y[8 * k + s]) o = -o;
          sum += std::max(o, 0.0) + std::log1p(std::exp(-std::fabs(o)));
        }
    return sum / (16.0 * replicas);
  }

  void write(const char *path) {
    FILE *file = fopen(path, "wb");
    for (int r = 0; r < replicas; r++)
      for (int p = 0; p < parameters; p++) fwrite(&at(r, p), 4, 1, file);
    fclose(file);
  }
};

static double seconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int, char **argv) {
  const bool whole = std::string(argv[2]) == "whole";
  Job job(atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), argv[7]);
  int steps = atoi(argv[6]);
  std::vector<std::vector<float>> contexts;
  for (char *pair = strtok(argv[8], ","); pair; pair = strtok(nullptr, ",")) {
    contexts.emplace_back();
    for (char *bit = pair; *bit; bit++)
      if (*bit != '/') contexts.back().push_back(*bit - '0');
  }
  auto timed = [&](const float *y, int steps, double &cpu) {
    job.prepare();
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double wall = seconds(CLOCK_MONOTONIC);
    job.run(y, steps);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    return wall;
  };
  double cpu;
  if (whole) {
    std::string seconds, losses;
    for (auto &y : contexts) {
      const char *comma = losses.empty() ? "" : ",";
      seconds += comma + std::to_string(timed(y.data(), steps, cpu));
      char loss[32];
      snprintf(loss, sizeof loss, "%.9f", job.loss(y.data()));
      losses += std::string(comma) + loss;
    }
    printf("{\"losses\":[%s],\"seconds\":[%s]}\n", losses.c_str(), seconds.c_str());
    return 0;
  }
  const float *y = contexts[0].data();
  timed(y, steps, cpu);
  job.write(argv[9]);
  timed(y, steps, cpu); // CPU time: as many steps on a busy machine
  steps = (int)std::min(2000.0, std::max(10.0, TIMED_SECONDS * job.threads / cpu * steps));
  timed(y, steps, cpu);
  printf("{\"ready\":true,\"steps\":%d}\n", steps);
  fflush(stdout);
  for (int c; (c = getchar()) != EOF;) {
    if (c != '\n') continue;
    double wall = timed(y, steps, cpu), scale = 1e9 / ((double)job.replicas * steps);
    printf("{\"cpu\":%.4f,\"wall\":%.4f}\n", cpu * scale, wall * scale);
    fflush(stdout);
  }
}
