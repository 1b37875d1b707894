export { type Cluster, type ClusterOptions, startCluster } from './cluster/start-cluster.ts';
