import whole from '../../test/jest.config.mjs';

// The unit project alone, without the reporter of CI: Stryker reads Jest's answers itself.
const [{ displayName: _, ...unit }] = whole.projects;

/** @type {import('jest').Config} */
export default { ...unit };
