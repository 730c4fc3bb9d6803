// What one backend computes of the cross-check: ops, a forward pass, gradients, twenty steps, and the same steps a second time.
import tf from '@tensorflow/tfjs';
import type { BertBackend } from './backend.ts';
import {
  ADAPTER_SCALE,
  CLASSES,
  LABELS,
  LEARNING_RATE,
  MODEL,
  modelInput,
  modelWeights,
  PARAMETERS,
  STEPS,
  startParameters,
} from './crosscheck-model.ts';
import { OP_CASES } from './crosscheck-ops.ts';
import { type BertEncoder, createEncoder, type DenseAdapter } from './encoder.ts';
import { matmul } from './ops.ts';

type Values = Float32Array;

export interface Measured {
  backend: BertBackend;
  ops: Values[]; // in the order of OP_CASES
  lastHidden: Values;
  pooled: Values;
  loss: number;
  gradient: Values; // of all parameters, at the start
  steps: Values[]; // all parameters after each step
  again: Values[]; // the same computed a second time
  seconds: number;
}

export async function measureBackend(backend: BertBackend): Promise<Measured> {
  const started = performance.now();
  const ops: Values[] = [];
  for (const { inputs, compute } of OP_CASES) {
    const result = tf.tidy(() => compute(inputs.map((values) => tf.tensor1d(values))));
    ops.push((await result.data()) as Values);
    result.dispose();
  }
  const encoder = createEncoder(MODEL, modelWeights());
  const first = openTraining(encoder);
  const { lastHidden, pooled } = encoder.forward(modelInput(), first.adapter);
  const forward = { lastHidden: (await lastHidden.data()) as Values, pooled: (await pooled!.data()) as Values };
  tf.dispose([lastHidden, pooled!]);
  const { loss, gradient, steps } = await train(first);
  const { steps: again } = await train(openTraining(encoder));
  encoder.dispose();
  return { backend, ops, ...forward, loss, gradient, steps, again, seconds: (performance.now() - started) / 1e3 };
}

interface Training {
  variables: tf.Variable[]; // in the order of PARAMETERS
  adapter: DenseAdapter;
  loss(): tf.Scalar; // mean cross-entropy
}

function openTraining(encoder: BertEncoder): Training {
  const start = startParameters();
  const variables = PARAMETERS.map(({ shape, at }) =>
    tf.variable(tf.tensor2d(start.subarray(at, at + shape[0] * shape[1]), shape)),
  );
  const named = new Map(PARAMETERS.map(({ name }, i) => [name, variables[i]]));
  const adapter: DenseAdapter = {
    delta(name, x) {
      const [a, b] = [named.get(`${name}.A`), named.get(`${name}.B`)];
      return a === undefined || b === undefined ? null : tf.mul(matmul(matmul(x, a), b), ADAPTER_SCALE);
    },
  };
  const input = modelInput();
  const loss = (): tf.Scalar => {
    const { pooled } = encoder.forward(input, adapter);
    const logits = tf.add(matmul(pooled!, named.get('head.weight')!), named.get('head.bias')!);
    const right = tf.oneHot(tf.tensor1d(LABELS, 'int32'), CLASSES);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.log(tf.softmax(logits)), right), 1))) as tf.Scalar;
  };
  return { variables, adapter, loss };
}

async function train({ variables, loss }: Training): Promise<{ loss: number; gradient: Values; steps: Values[] }> {
  const steps: Values[] = [];
  let first: { loss: number; gradient: Values } | undefined;
  for (let step = 0; step < STEPS; step++) {
    const { value, grads } = tf.variableGrads(loss, variables);
    const slopes = variables.map(({ name }) => grads[name]);
    first ??= { loss: (await value.data())[0], gradient: await joined(slopes) };
    tf.tidy(() => {
      for (const [i, variable] of variables.entries())
        variable.assign(tf.sub(variable, tf.mul(slopes[i], LEARNING_RATE)));
    });
    tf.dispose([value, ...slopes]);
    steps.push(await joined(variables));
  }
  tf.dispose(variables);
  return { ...first!, steps };
}

/** Tensors end to end. */
async function joined(tensors: tf.Tensor[]): Promise<Values> {
  const parts = await Promise.all(tensors.map((tensor) => tensor.data()));
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
