import { register } from 'node:module';

/** Preloaded, it writes the URL of every module that the process loads into the file `LOADED_MODULES`. */
const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(${JSON.stringify(process.env.LOADED_MODULES)}, url + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
