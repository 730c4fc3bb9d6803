// AdamW (Loshchilov and Hutter 2019, algorithm 2) keyed by name: decoupled weight decay, clipping by the global norm.
// A group's parameters are one flat tensor, so that a step costs some twenty kernel calls however many there are.
import tf from '@tensorflow/tfjs';
import { sqrt } from '../elementary.ts';
import { power } from './exact.ts';

export interface Parameter {
  shape: readonly number[];
  values: Float32Array; // row-major
}

export interface AdamWOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number; // outside the square root
  weightDecay?: number; // of every parameter
  clip?: number | null; // largest norm of all gradients of a step together; null: none
}

/** Values by name, as a checkpoint keeps them. */
export interface AdamWState {
  steps: Map<string, number>; // by group
  parameters: Map<string, Float32Array>;
  first: Map<string, Float32Array>; // moments
  second: Map<string, Float32Array>;
}

export interface AdamW {
  /** The current tensors; they belong to the optimizer and live until its next step. */
  tensors(): Map<string, tf.Tensor>;
  /**
   * One step of every group that gradients are given for; the others keep their values, moments and step count.
   * @throws Error for an unknown name or half a group
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void;
  read(): Promise<AdamWState>;
  /** @throws Error for a state of other parameters */
  restore(state: AdamWState): void;
  dispose(): void;
}

interface Group {
  label: string;
  names: string[];
  shapes: number[][];
  sizes: number[];
  steps: number;
  flat: tf.Tensor1D;
  first: tf.Tensor1D;
  second: tf.Tensor1D;
  pieces: tf.Tensor[];
}

/** @param groups label -> parameters that always step together, such as an encoder's adapter or one task's head */
export function createAdamW(
  groups: Readonly<Record<string, ReadonlyMap<string, Parameter>>>,
  options: AdamWOptions = {},
): AdamW {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, clip = null } = options;
  const all = Object.entries(groups).map(([label, parameters]) => openGroup(label, parameters));
  const groupOf = new Map(all.flatMap((group) => group.names.map((name) => [name, group] as const)));
  if (groupOf.size !== all.reduce((count, { names }) => count + names.length, 0)) {
    throw new Error('createAdamW: expected every name once, got one in two groups; rename it');
  }

  /** Gradients of the touched groups, flat; each group has all of its own. */
  const gather = (gradients: ReadonlyMap<string, tf.Tensor>): [Group, tf.Tensor][] => {
    for (const name of gradients.keys()) {
      if (!groupOf.has(name)) throw new Error(`AdamW.step: expected gradients of its parameters, got ${name}`);
    }
    return all.flatMap((group): [Group, tf.Tensor][] => {
      const given = group.names.filter((name) => gradients.has(name));
      if (given.length === 0) return [];
      if (given.length < group.names.length) {
        const lacking = group.names.find((name) => !gradients.has(name));
        throw new Error(`AdamW.step: expected all gradients of group ${group.label}, got none of ${lacking}`);
      }
      return [[group, tf.concat1d(group.names.map((name) => tf.reshape(gradients.get(name)!, [-1]) as tf.Tensor1D))]];
    });
  };

  const update = (group: Group, gradient: tf.Tensor, learningRate: number): tf.Tensor[] => {
    const step = group.steps + 1;
    const first = tf.add(tf.mul(group.first, beta1), tf.mul(gradient, 1 - beta1));
    const second = tf.add(tf.mul(group.second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const root = tf.add(tf.div(tf.sqrt(second), sqrt(1 - power(beta2, step))), epsilon);
    const move = tf.mul(tf.div(first, root), learningRate / (1 - power(beta1, step)));
    return [tf.sub(tf.mul(group.flat, 1 - learningRate * weightDecay), move), first, second];
  };

  return {
    tensors: () => new Map(all.flatMap(({ names, pieces }) => names.map((name, i) => [name, pieces[i]] as const))),
    step(gradients, learningRate) {
      const touched: Group[] = [];
      const updated = tf.tidy(() => {
        let flat = gather(gradients);
        if (clip !== null && flat.length > 0) {
          const norm = tf.sqrt(tf.addN(flat.map(([, gradient]) => tf.sum(tf.square(gradient)))));
          const factor = tf.minimum(tf.div(clip, tf.add(norm, 1e-6)), 1);
          flat = flat.map(([group, gradient]) => [group, tf.mul(gradient, factor)]);
        }
        return flat.flatMap(([group, gradient]) => {
          touched.push(group);
          return update(group, gradient, learningRate);
        });
      });
      touched.forEach((group, i) => {
        replace(group, updated.slice(3 * i, 3 * i + 3) as tf.Tensor1D[]);
        group.steps++;
      });
    },
    async read() {
      const state: AdamWState = { steps: new Map(), parameters: new Map(), first: new Map(), second: new Map() };
      for (const { label, names, sizes, steps, flat, first, second } of all) {
        state.steps.set(label, steps);
        const parts = [state.parameters, state.first, state.second];
        const values = await Promise.all([flat, first, second].map((tensor) => tensor.data<'float32'>()));
        for (const [k, map] of parts.entries()) {
          let at = 0;
          names.forEach((name, i) => {
            map.set(name, values[k].slice(at, at + sizes[i]));
            at += sizes[i];
          });
        }
      }
      return state;
    },
    restore(state) {
      for (const group of all) {
        const join = (part: 'parameters' | 'first' | 'second'): tf.Tensor1D => {
          const values = group.names.map((name, i) => {
            const given = state[part].get(name);
            if (given?.length === group.sizes[i]) return given;
            throw new Error(
              `AdamW.restore: expected ${group.sizes[i]} numbers of ${name}, got ${given?.length ?? 'none'}`,
            );
          });
          return tf.tensor1d(concatenate(values));
        };
        const steps = state.steps.get(group.label);
        if (steps === undefined) throw new Error(`AdamW.restore: expected the step of group ${group.label}, got none`);
        replace(group, [join('parameters'), join('first'), join('second')]);
        group.steps = steps;
      }
    },
    dispose() {
      for (const { flat, first, second, pieces } of all) tf.dispose([flat, first, second, ...pieces]);
    },
  };
}

function openGroup(label: string, parameters: ReadonlyMap<string, Parameter>): Group {
  const names = [...parameters.keys()].sort();
  if (names.length === 0) throw new Error(`createAdamW: expected parameters in group ${label}, got none`);
  const shapes = names.map((name) => [...parameters.get(name)!.shape]);
  const sizes = names.map((name) => parameters.get(name)!.values.length);
  const flat = tf.tensor1d(concatenate(names.map((name) => parameters.get(name)!.values)));
  const zeros = (): tf.Tensor1D => tf.tensor1d(new Float32Array(flat.size));
  return {
    label,
    names,
    shapes,
    sizes,
    steps: 0,
    flat,
    first: zeros(),
    second: zeros(),
    pieces: split(flat, sizes, shapes),
  };
}

function replace(group: Group, [flat, first, second]: tf.Tensor1D[]): void {
  tf.dispose([group.flat, group.first, group.second, ...group.pieces]);
  Object.assign(group, { flat, first, second, pieces: split(flat, group.sizes, group.shapes) });
}

function split(flat: tf.Tensor1D, sizes: number[], shapes: number[][]): tf.Tensor[] {
  return tf.tidy(() => tf.split(flat, sizes).map((piece, i) => tf.reshape(piece, shapes[i])));
}

function concatenate(parts: Float32Array[]): Float32Array {
  const values = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}
