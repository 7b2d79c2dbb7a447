/** What an engine may tell whoever watches how well it works. None of it changes what it does. */
export interface EngineEvents {
  /** A ping went out this long after its place on the grid, in ms; never below 0. */
  onLate?(lateMs: number): void;
  /** A long-running ping program died and is started again. */
  onRestart?(program: string): void;
  /** A target's name has another address than before. Only engines that resolve names themselves can tell. */
  onAddressChange?(host: string): void;
}
