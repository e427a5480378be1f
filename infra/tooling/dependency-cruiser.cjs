/** Who may import whom (docs/ARCHITECTURE.md). Each rule says why it is there. */
const lib = (names) => `^libs/(${names.join('|')})/`;
const onlyDoors = (own, allowed, comment) => ({
  name: `${own}-imports`,
  severity: 'error',
  comment,
  from: { path: `^libs/${own}/`, pathNot: '\\.(spec|contract)\\.ts$' },
  to: { path: '^libs/', pathNot: lib([own, ...allowed]) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', comment: 'a file nothing reaches is dead', from: { orphan: true, pathNot: '(\\.d\\.ts|main\\.ts|\\.spec\\.ts|node-worker\\.ts)$' }, to: {} },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    { name: 'apps-are-islands', severity: 'error', from: { path: '^apps/([^/]+)/' }, to: { path: '^apps/', pathNot: '^apps/$1/' } },
    {
      name: 'doors-only',
      severity: 'error',
      comment: 'a library is entered through index.ts, node.ts or nest.ts',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^libs/([^/]+)/src/', pathNot: ['^libs/[^/]+/src/(index|node|nest|sha256-node|sha256-noble|ed25519-node|ed25519-noble)\\.ts$', '^$1/$2/'] },
    },
    onlyDoors('kernel', [], 'the kernel knows nothing of ours'),
    onlyDoors('tlog', ['kernel'], 'the log knows nothing of figures'),
    onlyDoors('event-store', ['kernel'], 'the store knows no context'),
    onlyDoors('embedded-event-store', ['kernel'], 'the node knows nothing of the ledger'),
    onlyDoors('transparency', ['kernel', 'event-store', 'tlog'], 'the log knows entries, not what they say'),
    onlyDoors('verification', ['kernel', 'tlog'], 'the judge shares no code with the accused'),
    onlyDoors('directory', ['kernel', 'event-store'], 'contexts look to the left only'),
    onlyDoors('catalogue', ['kernel', 'event-store', 'directory'], 'contexts look to the left only'),
    onlyDoors('evidence', ['kernel', 'event-store', 'directory', 'catalogue'], 'contexts look to the left only'),
    onlyDoors('figures', ['kernel', 'event-store', 'directory', 'catalogue', 'evidence'], 'contexts look to the left only'),
    onlyDoors('read-models', ['kernel', 'event-store', 'directory', 'catalogue', 'evidence', 'figures'], 'read models fold events, they decide nothing'),
    {
      name: 'store-only-from-adapters',
      severity: 'error',
      comment: 'the pure door of a context never reaches the event store',
      from: { path: '^libs/(directory|catalogue|evidence|figures)/src/', pathNot: '(/node|/nest|\\.spec|\\.contract|-commands|-register|-store)\\.ts$' },
      to: { path: '^libs/event-store/' },
    },
    {
      name: 'nest-stays-at-the-edge',
      severity: 'error',
      comment: '@nestjs only in nest.ts files and apps/server',
      from: { path: '^(libs|apps/cli)/', pathNot: '(/nest|\\.spec)\\.ts$' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'testing-for-specs-only',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.spec|\\.contract)\\.ts$|^libs/testing/' },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.spec|\\.contract)\\.ts$|^libs/testing/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['ledger-source', 'node', 'import', 'require', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
