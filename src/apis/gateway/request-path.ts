/** Why a path is refused, before anything is looked up. */
export type PathFault =
  | 'a backslash'
  | 'a null byte'
  | 'a control character'
  | 'a percent sign that encodes nothing'
  | 'a dot segment'
  | 'an empty segment'
  | 'an encoded slash';

/** A path taken apart: the bytes stay as they came, and what is matched is what an upstream will read. */
export interface RequestPath {
  /** Without the query. */
  raw: string;
  /** With its question mark; empty without one. */
  query: string;
  /** Decoded, without matrix parameters; empty ones are left out. */
  segments: string[];
  /** Where each segment ends in `raw`. */
  ends: number[];
  /** What makes it unreadable in one way only; never let through. */
  fault: PathFault | undefined;
  /** Faults that a route may allow. */
  hasEmptySegment: boolean;
  hasEncodedSlash: boolean;
}

const ALWAYS_FINE = /^(?:\/[\w.~!$&'()*+,=:@-]*)+$/;
const DOTS = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * Reads the target of a request. Upstreams decode what they get, drop `;` parameters, and resolve dot segments, each in
 * its own way; so a segment is matched decoded and without parameters, and what two programs may read in two ways is
 * refused.
 */
export function readPath(target: string): RequestPath {
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark);
  const path: RequestPath = {
    raw,
    query,
    segments: [],
    ends: [],
    fault: undefined,
    hasEmptySegment: false,
    hasEncodedSlash: false,
  };
  const isPlain = ALWAYS_FINE.test(raw) && !DOTS.test(raw);
  if (!isPlain) path.fault = faultOf(raw);
  if (path.fault === undefined) split(path, isPlain);
  return path;
}

function faultOf(raw: string): PathFault | undefined {
  if (raw.includes('\\') || /%5c/i.test(raw)) return 'a backslash';
  if (/\0|%00/.test(raw)) return 'a null byte';
  if (/[^!-~\u0080-\uffff]|#|%(?:[01][\da-f]|7f)/i.test(raw)) return 'a control character';
  if (/%(?![\da-f]{2})/i.test(raw)) return 'a percent sign that encodes nothing';
  return undefined;
}

function split(path: RequestPath, isPlain: boolean): void {
  const { raw } = path;
  let start = 1;
  while (start <= raw.length) {
    const slash = raw.indexOf('/', start);
    const end = slash < 0 ? raw.length : slash;
    const segment = raw.slice(start, end);
    if (segment === '') path.hasEmptySegment ||= slash >= 0;
    else if (!add(path, segment, end, isPlain)) return;
    start = end + 1;
  }
}

function add(path: RequestPath, segment: string, end: number, isPlain: boolean): boolean {
  if (isPlain) path.segments.push(segment);
  else {
    const decoded = decodedSegment(segment);
    if (decoded === undefined) path.fault = 'a percent sign that encodes nothing';
    // An encoded percent sign that hides another encoding is decoded twice by some upstreams.
    else if (isDotSegment(decoded) || isDotSegment(decodedSegment(decoded) ?? ''))
      path.fault = 'a dot segment';
    if (path.fault !== undefined) return false;
    path.hasEncodedSlash ||= decoded!.includes('/');
    path.segments.push(decoded!);
  }
  path.ends.push(end);
  return true;
}

/** Without matrix parameters (RFC 3986 §3.3), which some servers drop; `undefined` for what is no UTF-8. */
function decodedSegment(segment: string): string | undefined {
  try {
    const [name = ''] = decodeURIComponent(segment).split(';', 1);
    return name;
  } catch {
    return undefined;
  }
}

/** Also between encoded slashes. */
function isDotSegment(segment: string): boolean {
  return segment.split('/').some((part) => part === '.' || part === '..');
}
