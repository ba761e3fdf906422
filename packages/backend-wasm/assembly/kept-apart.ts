/**
 * Inner loops that must stay functions of their own, exported though nobody imports them: what has one caller only is
 * inlined, and in a function as large as the interpreter's the engine's compiler keeps the operands of a loop on the
 * stack, which makes it several times as slow.
 */
export { centreFields, sumSteps } from './centre';
export { centreTile, clip, groupSlopes, penalise, squareLayer, squareWeights, sumSquares } from './gradient';
export { edgeStatistics, gatherWeights, graphEnergy, graphInputs } from './graph';
export { transposeFloats } from './layout';
export { addRows } from './potts';
export { addFromTables, addPairs, addRowsOf, buildTables, list, plan } from './product';
export { fraction, ratio, reluCumulant, reluMean, reluSample, reluSquare } from './relu';
export { bernoulliMeans, rectified, successes } from './scalar';
export { accelerate, adapt, descend, transposeWeights, updateLayer, updateWeights } from './update';
export { expand, productEnergy } from './values';
