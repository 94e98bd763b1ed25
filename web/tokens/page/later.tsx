import { useEffect, useState } from 'preact/hooks';
import type { ComponentType } from 'preact';

/**
 * A component whose script is loaded when it is first shown, so that the first paint does not wait for it. The page has
 * fetched it before that: see `scriptsBehind` of the server.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | undefined;
  return function Later(props: Props) {
    const [, show] = useState(false);
    useEffect(() => {
      if (!loaded)
        void load().then((component) => {
          loaded = component;
          show(true);
        });
    }, []);
    const Loaded = loaded;
    return Loaded ? <Loaded {...props} /> : null;
  };
}
