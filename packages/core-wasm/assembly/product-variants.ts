// One training function for each number of inputs, activation and optimizer: all three are constants in its loops.

import { ADAM, GD, MOMENTUM, RELU, SIGMOID, TANH } from "./network";
import { train } from "./product-train";

export function trainSigmoid2Gd(from: i32, to: i32): void { train(2, SIGMOID, GD, from, to); }
export function trainSigmoid3Gd(from: i32, to: i32): void { train(3, SIGMOID, GD, from, to); }
export function trainSigmoid4Gd(from: i32, to: i32): void { train(4, SIGMOID, GD, from, to); }
export function trainSigmoid5Gd(from: i32, to: i32): void { train(5, SIGMOID, GD, from, to); }
export function trainSigmoid6Gd(from: i32, to: i32): void { train(6, SIGMOID, GD, from, to); }
export function trainSigmoid2Momentum(from: i32, to: i32): void { train(2, SIGMOID, MOMENTUM, from, to); }
export function trainSigmoid3Momentum(from: i32, to: i32): void { train(3, SIGMOID, MOMENTUM, from, to); }
export function trainSigmoid4Momentum(from: i32, to: i32): void { train(4, SIGMOID, MOMENTUM, from, to); }
export function trainSigmoid5Momentum(from: i32, to: i32): void { train(5, SIGMOID, MOMENTUM, from, to); }
export function trainSigmoid6Momentum(from: i32, to: i32): void { train(6, SIGMOID, MOMENTUM, from, to); }
export function trainSigmoid2Adam(from: i32, to: i32): void { train(2, SIGMOID, ADAM, from, to); }
export function trainSigmoid3Adam(from: i32, to: i32): void { train(3, SIGMOID, ADAM, from, to); }
export function trainSigmoid4Adam(from: i32, to: i32): void { train(4, SIGMOID, ADAM, from, to); }
export function trainSigmoid5Adam(from: i32, to: i32): void { train(5, SIGMOID, ADAM, from, to); }
export function trainSigmoid6Adam(from: i32, to: i32): void { train(6, SIGMOID, ADAM, from, to); }
export function trainTanh2Gd(from: i32, to: i32): void { train(2, TANH, GD, from, to); }
export function trainTanh3Gd(from: i32, to: i32): void { train(3, TANH, GD, from, to); }
export function trainTanh4Gd(from: i32, to: i32): void { train(4, TANH, GD, from, to); }
export function trainTanh5Gd(from: i32, to: i32): void { train(5, TANH, GD, from, to); }
export function trainTanh6Gd(from: i32, to: i32): void { train(6, TANH, GD, from, to); }
export function trainTanh2Momentum(from: i32, to: i32): void { train(2, TANH, MOMENTUM, from, to); }
export function trainTanh3Momentum(from: i32, to: i32): void { train(3, TANH, MOMENTUM, from, to); }
export function trainTanh4Momentum(from: i32, to: i32): void { train(4, TANH, MOMENTUM, from, to); }
export function trainTanh5Momentum(from: i32, to: i32): void { train(5, TANH, MOMENTUM, from, to); }
export function trainTanh6Momentum(from: i32, to: i32): void { train(6, TANH, MOMENTUM, from, to); }
export function trainTanh2Adam(from: i32, to: i32): void { train(2, TANH, ADAM, from, to); }
export function trainTanh3Adam(from: i32, to: i32): void { train(3, TANH, ADAM, from, to); }
export function trainTanh4Adam(from: i32, to: i32): void { train(4, TANH, ADAM, from, to); }
export function trainTanh5Adam(from: i32, to: i32): void { train(5, TANH, ADAM, from, to); }
export function trainTanh6Adam(from: i32, to: i32): void { train(6, TANH, ADAM, from, to); }
export function trainRelu2Gd(from: i32, to: i32): void { train(2, RELU, GD, from, to); }
export function trainRelu3Gd(from: i32, to: i32): void { train(3, RELU, GD, from, to); }
export function trainRelu4Gd(from: i32, to: i32): void { train(4, RELU, GD, from, to); }
export function trainRelu5Gd(from: i32, to: i32): void { train(5, RELU, GD, from, to); }
export function trainRelu6Gd(from: i32, to: i32): void { train(6, RELU, GD, from, to); }
export function trainRelu2Momentum(from: i32, to: i32): void { train(2, RELU, MOMENTUM, from, to); }
export function trainRelu3Momentum(from: i32, to: i32): void { train(3, RELU, MOMENTUM, from, to); }
export function trainRelu4Momentum(from: i32, to: i32): void { train(4, RELU, MOMENTUM, from, to); }
export function trainRelu5Momentum(from: i32, to: i32): void { train(5, RELU, MOMENTUM, from, to); }
export function trainRelu6Momentum(from: i32, to: i32): void { train(6, RELU, MOMENTUM, from, to); }
export function trainRelu2Adam(from: i32, to: i32): void { train(2, RELU, ADAM, from, to); }
export function trainRelu3Adam(from: i32, to: i32): void { train(3, RELU, ADAM, from, to); }
export function trainRelu4Adam(from: i32, to: i32): void { train(4, RELU, ADAM, from, to); }
export function trainRelu5Adam(from: i32, to: i32): void { train(5, RELU, ADAM, from, to); }
export function trainRelu6Adam(from: i32, to: i32): void { train(6, RELU, ADAM, from, to); }
