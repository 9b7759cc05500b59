/** Types of the parts of npm's own configuration loader that the build uses; the package ships none. */

declare module '@npmcli/config' {
  /** Loads the configuration of npm: command line, environment, project, user and global files. */
  class Config {
    constructor(options: {
      readonly definitions: unknown;
      readonly flatten: unknown;
      readonly shorthands: unknown;
      readonly npmPath: string;
      readonly argv: readonly string[];
      readonly env: Readonly<Record<string, string | undefined>>;
    });
    load(): Promise<void>;
    /** Options as npm's libraries take them. */
    readonly flat: Readonly<Record<string, unknown>>;
  }
  export = Config;
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const all: { readonly definitions: unknown; readonly flatten: unknown; readonly shorthands: unknown };
  export = all;
}
