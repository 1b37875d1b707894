import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const kinds = ['trees', 'frameworks', 'packages', 'python', 'objects'] as const;
export type Kind = (typeof kinds)[number];

/** All folders of a store. */
export const folders = [...kinds, 'commits', 'names', 'locks', 'manifests', 'sizes', 'work', 'checkouts'] as const;

/** A part of the store. Its key names its content. */
export interface Layer {
  /** the store's folder */
  readonly store: string;
  readonly kind: Kind;
  readonly key: string;
}

export const layerPath = ({ store, kind, key }: Layer): string => join(store, kind, key);
export const lockPath = (store: string, name: string, key: string): string => join(store, 'locks', `${name}-${key}`);
/** The file with the content of a layer. Objects have none: git has hashes of its own. */
export const manifestPath = ({ store, kind, key }: Layer): string => join(store, 'manifests', `${kind}-${key}`);
export const sizePath = ({ store, kind, key }: Layer): string => join(store, 'sizes', `${kind}-${key}`);

/**
 * The file that says that a layer is complete. A Python environment holds its own path, so it can't be made elsewhere and renamed: it is
 * complete once its mark is written. All other layers are complete once they exist.
 */
export const completePath = (layer: Layer): string => (layer.kind === 'python' ? join(layerPath(layer), '.complete') : layerPath(layer));
export const isComplete = (layer: Layer): boolean => existsSync(completePath(layer));
