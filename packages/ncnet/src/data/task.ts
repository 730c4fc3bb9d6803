// A labelled task for BERT: texts and the class of each. Types only.

export interface LabelledRow {
  textA: string;
  textB?: string;
  choices?: string[]; // multiple choice: each is paired with textA; label is the place of the right one
  label: number; // place in `classes`, or in `choices`
  split: 'train' | 'heldOut';
  item: string | null; // what rows of other tasks are paired by (the same emoji in another language), null if nothing
}

export interface LabelledTask {
  name: string;
  kind: 'classification' | 'choice';
  classes: string[]; // sorted; empty for multiple choice
  rows: LabelledRow[];
}
