declare module 'fs-native-extensions' {
  const locks: {
    /** Locks an open file for this descriptor. @returns false if another holds it. */
    tryLock(fd: number): boolean;
  };
  export default locks;
}
