// Slots of the direct form: what a row is to the network, lane by lane, from integer row codes.

import { ADAM, codes, inputs, learningRate, mse, optimizer, pm, rowMask, rows, slots, trainCount } from "./network";
import { bitMask, shiftLeft, signBit, splat } from "./vector";

@inline export function slotSize(): usize { return <usize>(inputs + 3) * 16; }

// Input i of the lanes' rows.
@inline export function inputOf<T>(code: v128, i: i32, plusMinus: bool): v128 {
  const one = splat<T>(1), set = bitMask<T>(code, i);
  return plusMinus ? v128.xor(one, v128.andnot(signBit<T>(), set)) : v128.and(one, set);
}

// The sign bit where a head's target is 1.
@inline export function targetSign<T>(code: v128, head: i32): v128 {
  return v128.and(shiftLeft<T>(code, (sizeof<T>() == 4 ? 25 : 57) - head), signBit<T>());
}

// A slot's inputs, scale and target signs, from the integer row codes of its lanes.
@inline export function fillSlot<T>(at: usize, code: v128, scale: v128): void {
  for (let i = 0; i < inputs; ++i) v128.store(at + 16 * i, inputOf<T>(code, i, pm));
  const end = at + <usize>inputs * 16;
  v128.store(end, scale);
  v128.store(end, targetSign<T>(code, 0), 16);
  v128.store(end, targetSign<T>(code, 1), 32);
}

@inline export function scaleFor<T>(count: i32): v128 {
  return splat<T>((optimizer == ADAM ? 1 : learningRate) * (mse ? 2 : 1) / <f64>count);
}

// The slots of all rows, with scale 0 outside the training rows.
export function fillSlots<T>(): void {
  for (let r = 0; r < rows; ++r) {
    const scale = v128.and(scaleFor<T>(trainCount), v128.load(rowMask + 16 * r));
    fillSlot<T>(slots + slotSize() * r, v128.load(codes + 16 * r), scale);
  }
}
