export default { test: { globals: true, include: ['runners/{right,wrong}.mjs'], reporters: ['verbose'] } };
