export { hasText, printRegistry, registryOf } from './registry/print-registry.ts';
