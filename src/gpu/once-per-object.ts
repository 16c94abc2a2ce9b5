/** A function of an immutable object that is worked out once for each, and forgotten with it. */
export function oncePerObject<Given extends object, Result>(work: (given: Given) => Result): (given: Given) => Result {
  const results = new WeakMap<Given, { readonly result: Result }>();
  return (given) => {
    const known = results.get(given);
    if (known !== undefined) return known.result;
    const result = work(given);
    results.set(given, { result });
    return result;
  };
}
