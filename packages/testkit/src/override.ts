/**
 * The same object with some of its members replaced: a program whose operations fail, a backend that reports less than
 * it can. Other members are the object's own, private state included, so it works on instances of any class.
 */
export function override<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      // Private fields are found on the object itself, not on its proxy.
      const value: unknown = Reflect.get(object, name, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}
