// Starts Monaco's web workers from our own address; build.mjs fills in their names.

/* global WORKER_ADDRESSES */
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const address = WORKER_ADDRESSES[label] ?? WORKER_ADDRESSES.editor;
    return new Worker(address, { name: label });
  },
};
