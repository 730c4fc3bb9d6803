// Slots of the direct form: what a row is to the network, lane by lane, from integer row codes.

import { ADAM, codes, inputs, learningRate, mse, optimizer, pm, rowMask, rows, slots, trainCount } from "./network";
import { bitMask, shiftLeft, signBit, splat } from "./vector";

@inline export function slotSize(): usize { return <usize>(inputs + 3) * 16; }

// A slot's inputs, scale and target signs, from the integer row codes of its lanes.
@inline export function fillSlot<T>(at: usize, code: v128, scale: v128): void {
  const one = splat<T>(1);
  for (let i = 0; i < inputs; ++i) {
    const set = bitMask<T>(code, i);
    v128.store(at + 16 * i, pm ? v128.xor(one, v128.andnot(signBit<T>(), set)) : v128.and(one, set));
  }
  const end = at + <usize>inputs * 16, top = sizeof<T>() == 4 ? 31 : 63;
  v128.store(end, scale);
  v128.store(end, v128.and(shiftLeft<T>(code, top - 6), signBit<T>()), 16);
  v128.store(end, v128.and(shiftLeft<T>(code, top - 7), signBit<T>()), 32);
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
