import { bundle } from '../../tsup.base.ts';

export default bundle({ pictures: 'src/pictures.ts' }, { dts: false });
