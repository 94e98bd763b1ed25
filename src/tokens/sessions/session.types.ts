/** What is read of others along with a session `s`, in one statement. */
export interface ReadAlong<T, Row = never> {
  /** None is named as one of a session's own. */
  columns: string;
  joins: string;
  order: string;
  of: (rows: Row[]) => T;
}
