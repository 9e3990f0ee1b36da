import type { OperationalEntry } from './entry.ts';

/** R3xx: models, their registry and what learns. */
export const MODELS = {
  R301: {
    title: 'No such model',
    cause: 'The registry, or this version or alias of it, does not exist.',
    hint: '`weir models list` shows what there is; train and publish one first.',
  },
  R302: {
    title: 'A model that was altered',
    cause: 'The bytes of the model do not have the hash they were published with. It is not used.',
    hint: 'Roll back to another version: `weir models rollback NAME ALIAS`.',
  },
  R303: {
    title: 'Nothing to roll back to',
    cause: 'The alias held no version before this one, or all before it have been rolled back to.',
    hint: 'Choose one: `weir models promote NAME VERSION ALIAS`.',
  },
  R304: {
    title: 'Not a registry name',
    cause: 'Registry names are letters, digits, `.`, `_` and `-`.',
    hint: 'Rename it in the flow.',
  },
  R305: {
    title: 'A model that does not fit',
    cause:
      'The model loaded has other features, classes or another transform than the flow was compiled against. It is not used.',
    hint: "Train it again with this flow's features, or score with those it was trained with.",
  },
  R306: {
    title: 'Not an alias',
    cause: 'An alias that is a number, or looks like a hash, would hide the version that is meant by it.',
    hint: 'Give a word of letters, digits, `_` and `-` that begins with a letter: `champion`.',
  },
  R310: {
    title: 'A damaged artifact',
    cause: 'The bytes of a stored result are not those that were written.',
    hint: 'Run again with `--fresh`, or remove the folder named and run again: it is made anew.',
  },
  R320: {
    title: 'A learner that is not at hand',
    cause: 'The model was made by a learner that this program does not have.',
    hint: 'Give its module: `--with ./my-learner.ts`.',
  },
  R330: {
    title: 'Not a report',
    cause: 'Only what `evaluate` gives can be written as a report.',
    hint: 'Write the binding of an `evaluate` stage, as in `card | write report("card.html")`.',
  },
  R340: {
    title: 'A single class',
    cause: 'Training needs rows of at least two classes.',
    hint: 'Check the label and the split.',
  },
  R341: {
    title: 'Nothing to learn from',
    cause: 'There is no training row, or no feature.',
    hint: 'Look at the stages before `train`: a `where` may drop every row.',
  },
  R342: {
    title: 'A label or weight that cannot be used',
    cause: 'A training row has no label, or a weight that is negative or not finite.',
    hint: 'Leave such rows out before `train`.',
  },
  R343: { title: 'An incomplete model', cause: "A part of the model's content is missing.", hint: 'Train it again.' },
  R344: {
    title: 'Too many categories',
    cause: 'A feature given as categories has too many different values.',
    hint: 'Group its values first, or leave it out of `categories`.',
  },
  R345: {
    title: 'Rows a model cannot score',
    cause:
      'The rows have neither the columns that the transform of the model reads nor the features it was trained on.',
    hint: 'Score rows with the fields the model was trained on, or `apply` its transform before.',
  },
  R346: {
    title: 'A value written to the registry',
    cause: 'A registry takes models, and by `publish` only: it must know the tag and what belongs to the model.',
    hint: 'Write `publish registry("name"), tag: challenger`.',
  },
  R347: {
    title: 'Early stopping without rows',
    cause:
      'The rows given as `early_stop` are none, so no round is measured and all `trees` are kept: the model may have learned its training rows by heart. A warning; the run goes on.',
    hint: 'Look at the stages before `early_stop`, and at the share of the split: small inputs may leave a part empty.',
  },
  R348: {
    title: 'A model short of its optimum',
    cause:
      'The learner used up its passes, or found no further step, before the loss was as low as it can be. Its weights depend on where it stopped. A warning; the run goes on.',
    hint: 'Give more `epochs`, a larger `l2` (classes that a feature separates have no optimum without), or `normalize` the features.',
  },
} as const satisfies Record<string, OperationalEntry>;
