/** Matchers of the dashboard's variables, to be put between the braces of a selector. */
export const fleet = 'cluster=~"$cluster", job=~"$job"';
export const node = `${fleet}, instance=~"$instance"`;
export const gpu = `${node}, gpu=~"$gpu"`;
/** MIG instances have the label `mig`; whole GPUs have not. */
export const wholeGpu = `${gpu}, mig=""`;

/** Names a GPU in a legend. */
export const gpuLegend = "{{instance}} gpu/{{gpu}}";
