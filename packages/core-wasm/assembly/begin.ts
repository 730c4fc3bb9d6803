// Puts a block of replicas at step 0: initial weights, training rows, row tables, empty moments and counters.

import { KNUTH, LOG2E } from "./math";
import {
  ADAM, GD, LAST_RATE, SEPARATE, TANH,
  activation, codes, counters, cosineSum, gain, hidden, inputs, learningRate, loss, moments, mse, optimizer, orderCodes,
  parameters, product, rates, rowMask, rowTable, rows, scaled, seed, sharing, steps, targets,
  trainCodes, trainCount, units, weightScale,
} from "./network";
import { INIT, ORDER, ROWS, below, openStream, wordsAt } from "./philox";
import { scaleWeights } from "./scale";
import { fillSlots } from "./slots";
import { lanes, zero } from "./vector";

const list = memory.data(64 * 4, 16);
let firstReplica: u32, restartIndex: u32;

@inline function storeLane<T>(at: usize, index: i32, lane: i32, value: T): void {
  store<T>(at + <usize>index * 16 + sizeof<T>() * <usize>lane, value);
}

// A row with its two targets, as one integer.
function rowCode(row: i32): i32 {
  return row | <i32>load<u8>(targets + row) << 6 | <i32>load<u8>(targets + 64 + row) << 7;
}

@inline function storeCode<T>(at: usize, index: i32, lane: i32, code: i32): void {
  if (sizeof<T>() == 4) storeLane<i32>(at, index, lane, code);
  else storeLane<i64>(at, index, lane, <i64>code);
}

// Adam with undamped moments: w -= rate M / (sqrt(V) + epsilon) equals the bias-corrected rule (Kingma and Ba 2015, sec. 2).
export function tabulateRates<T>(): void {
  if (optimizer != ADAM) return;
  const beta1 = 0.9, beta2 = 0.999, count = min(steps, LAST_RATE), spread = sqrt<f64>(1 - beta2);
  let power1 = 1.0, power2 = 1.0;
  for (let t = 0; t < count; ++t) {
    power1 *= beta1;
    power2 *= beta2;
    const root = sqrt<f64>(1 - power2) / spread, at = rates + 3 * sizeof<T>() * <usize>t;
    const rate = learningRate * (1 - beta1) * root / (1 - power1);
    store<T>(at, <T>rate);
    store<T>(at + sizeof<T>(), <T>(1e-8 * root));
    store<T>(at + 2 * sizeof<T>(), <T>(weightScale * rate));
  }
}

function initialize<T>(replica: u32): void {
  const scaleHidden = <f32>(gain / sqrt<f64>(<f64>inputs)), scaleHead = <f32>(gain / sqrt<f64>(<f64>hidden));
  openStream();
  let p = 0;
  for (let unit = 0; unit <= units; ++unit) {
    // the head weights that `separate` leaves out: B's in the first half of the units, A's in the second
    const unused = sharing == SEPARATE && unit < units ? inputs + (unit < hidden ? 2 : 1) : -1;
    const first = unit < units ? 0 : inputs + 1;
    for (let place = first; place < inputs + 3; ++place, ++p) {
      const word = v128.load(wordsAt(seed, p, replica, INIT, restartIndex));
      const u = f32x4.sub(f32x4.mul(f32x4.convert_i32x4_u(i32x4.shr_u(word, 8)), f32x4.splat(1.1920928955078125e-7)), f32x4.splat(1));
      let w = f32x4.mul(u, f32x4.splat(place > inputs ? scaleHead : scaleHidden));
      if (place == unused) w = zero();
      v128.store(parameters + 16 * p, sizeof<T>() == 4 ? w : f64x2.promote_low_f32x4(w));
    }
  }
}

// trainCount of the rows by a partial Fisher-Yates shuffle, then sorted.
function drawRows<T>(lane: i32, replica: u32): void {
  for (let r = 0; r < rows; ++r) {
    storeLane<T>(rowMask, r, lane, <T>0);
    store<u8>(list + r, <u8>r);
  }
  openStream();
  for (let i = 0; i < trainCount; ++i) {
    if (trainCount < rows) {
      const word = load<u32>(wordsAt(seed, i, replica, ROWS, 0) + 4 * lane);
      const j = i + below(word, rows - i), drawn = load<u8>(list + j);
      store<u8>(list + j, load<u8>(list + i));
      store<u8>(list + i, drawn);
    }
    const row = <i32>load<u8>(list + i);
    if (sizeof<T>() == 4) storeLane<i32>(rowMask, row, lane, -1);
    else storeLane<i64>(rowMask, row, lane, -1);
  }
  let next = 0;
  for (let r = 0; r < rows; ++r) {
    storeCode<T>(codes, r, lane, rowCode(r));
    if (load<u32>(rowMask + 16 * r + sizeof<T>() * lane) != 0) storeCode<T>(trainCodes, next++, lane, rowCode(r));
  }
}

// {c, num} of each row and head: delta = num / (KNUTH + KNUTH 2^(c A)) for bce, c A + num for mse, where A is the logit
// (tanh: half of it). The mean over rows, the factor 4 of tanh and, but for Adam, the learning rate and the scale of hidden
// weights live here.
function fillRowTable(lane: i32): void {
  const isTanh = activation == TANH;
  const rate = optimizer == ADAM ? 1 : learningRate * weightScale;
  const scale = rate * (isTanh ? 4 : 1) / <f64>trainCount;
  for (let r = 0; r < rows; ++r) {
    const used = load<u32>(rowMask + 16 * r + 4 * lane) != 0;
    for (let head = 0; head < 2; ++head) {
      const target = load<u8>(targets + 64 * head + r) != 0, at = 4 * r + 2 * head;
      let c: f64, num: f64;
      if (mse) {
        c = used ? 2 * scale * (isTanh ? 2 : 1) : 0;
        num = used && target ? -2 * scale : 0;
      } else {
        c = (target ? LOG2E : -LOG2E) * (isTanh ? 2 : 1);
        num = used ? (target ? -KNUTH : KNUTH) * scale : 0;
      }
      storeLane<f32>(rowTable, at, lane, <f32>c);
      storeLane<f32>(rowTable, at + 1, lane, <f32>num);
    }
  }
}

// Until the next configure(): with all rows in training the tables of one block serve every block.
let tablesReady: bool;

export function forgetTables(): void { tablesReady = false; }

export function beginBlock<T>(replica: u32, restart: u32): void {
  firstReplica = replica;
  restartIndex = restart;
  initialize<T>(replica);
  if (scaled) scaleWeights();
  if (!tablesReady) {
    for (let lane = 0; lane < lanes<T>(); ++lane) {
      drawRows<T>(lane, replica);
      if (product) fillRowTable(lane);
    }
    if (!product) fillSlots<T>();
    tablesReady = trainCount == rows;
  }
  if (optimizer != GD) memory.fill(parameters + moments, 0, moments * optimizer);
  memory.fill(loss, 0, 64);
  memory.fill(counters, 0, 96);
  memory.fill(cosineSum, 0, 16);
}

// One of the trainCount parts, 0 first, in which a fresh permutation of every lane's training rows is made at `order`
// (Fisher-Yates).
export function shufflePart<T>(order: usize, epoch: u32, part: i32): void {
  if (part == 0) {
    memory.copy(order, trainCodes, 16 * trainCount);
    openStream();
  }
  const i = trainCount - 1 - part;
  if (i == 0) return;
  const word = wordsAt(seed, epoch * <u32>trainCount + i, firstReplica, ORDER, restartIndex);
  for (let lane = 0; lane < lanes<T>(); ++lane) {
    const at = order + sizeof<T>() * <usize>lane;
    const j = below(load<u32>(word + 4 * lane), i + 1), code = load<u32>(at + 16 * i);
    store<u32>(at + 16 * i, load<u32>(at + 16 * j));
    store<u32>(at + 16 * j, code);
  }
}

export function shuffle<T>(epoch: u32): void {
  for (let part = 0; part < trainCount; ++part) shufflePart<T>(orderCodes, epoch, part);
}
