import type { Expression } from '../contract/expression.ts';

/** Numbers that are equal for expressions that compute the same: a function inlined twice repeats its arguments. */
export class ExpressionKeys {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<Expression, number>();

  of(expression: Expression): number {
    let key = this.#known.get(expression);
    if (key === undefined) this.#known.set(expression, (key = this.#number(this.#text(expression))));
    return key;
  }

  #text(expression: Expression): string {
    switch (expression.op) {
      case 'literal': {
        const zero = Object.is(expression.value, -0) ? '-' : '';
        return `literal ${JSON.stringify(expression.type)} ${zero}${JSON.stringify(expression.value)}`;
      }
      case 'column':
        return `column ${expression.name}`;
      case 'item':
        return 'item';
      case 'call': {
        const args = expression.args.map(arg => this.of(arg)).join(' ');
        return `call ${expression.fn} ${args} ${JSON.stringify(expression.type)}`;
      }
    }
  }

  #number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size));
    return number;
  }
}
