// One training function for each activation and optimizer: both are constants in its loops.

import { ADAM, GD, MOMENTUM, RELU, SIGMOID, TANH } from "./network";
import { train } from "./direct-train";

export function trainSigmoid1Gd(from: i32, to: i32): void { train(2, SIGMOID, GD, from, to); }
export function trainSigmoid1Momentum(from: i32, to: i32): void { train(2, SIGMOID, MOMENTUM, from, to); }
export function trainSigmoid1Adam(from: i32, to: i32): void { train(2, SIGMOID, ADAM, from, to); }
export function trainTanh1Gd(from: i32, to: i32): void { train(2, TANH, GD, from, to); }
export function trainTanh1Momentum(from: i32, to: i32): void { train(2, TANH, MOMENTUM, from, to); }
export function trainTanh1Adam(from: i32, to: i32): void { train(2, TANH, ADAM, from, to); }
export function trainRelu1Gd(from: i32, to: i32): void { train(2, RELU, GD, from, to); }
export function trainRelu1Momentum(from: i32, to: i32): void { train(2, RELU, MOMENTUM, from, to); }
export function trainRelu1Adam(from: i32, to: i32): void { train(2, RELU, ADAM, from, to); }
export function trainSigmoidRowGd(from: i32, to: i32): void { train(1, SIGMOID, GD, from, to); }
export function trainSigmoidRowMomentum(from: i32, to: i32): void { train(1, SIGMOID, MOMENTUM, from, to); }
export function trainSigmoidRowAdam(from: i32, to: i32): void { train(1, SIGMOID, ADAM, from, to); }
export function trainTanhRowGd(from: i32, to: i32): void { train(1, TANH, GD, from, to); }
export function trainTanhRowMomentum(from: i32, to: i32): void { train(1, TANH, MOMENTUM, from, to); }
export function trainTanhRowAdam(from: i32, to: i32): void { train(1, TANH, ADAM, from, to); }
export function trainReluRowGd(from: i32, to: i32): void { train(1, RELU, GD, from, to); }
export function trainReluRowMomentum(from: i32, to: i32): void { train(1, RELU, MOMENTUM, from, to); }
export function trainReluRowAdam(from: i32, to: i32): void { train(1, RELU, ADAM, from, to); }
