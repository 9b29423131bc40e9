internal import TarnCore

/// Runtimes and machine types that clients choose from when they write what a cluster or job is to be like. A short
/// list of what Databricks offers: choosing is all that it is for.
enum ComputeCatalog {
    static let runtimes: JSONValue = .array(
        [
            ("16.4", "3.5.2", true), ("16.2", "3.5.2", false), ("15.4", "3.5.0", true), ("14.3", "3.5.0", true),
            ("13.3", "3.4.1", true),
        ]
        .flatMap { version, spark, isSupportedLong -> [JSONValue] in
            let support = isSupportedLong ? " LTS" : ""
            return [("x", ""), ("cpu-ml", " ML"), ("gpu-ml", " ML")].map { variant, title in
                let gpu = variant == "gpu-ml" ? ", GPU" : ""
                return [
                    "key": .string("\(version).\(variant == "x" ? "x" : "x-\(variant)")-scala2.12"),
                    "name": .string(
                        "\(version)\(support)\(title) (includes Apache Spark \(spark)\(gpu), Scala 2.12)"
                    ),
                ]
            }
        }
    )

    static let nodeTypes: JSONValue = .array(
        [
            ("m5d.large", 2, 8_192, 0, 1, 75, "General Purpose"),
            ("m5d.xlarge", 4, 16_384, 0, 1, 150, "General Purpose"),
            ("m5.xlarge", 4, 16_384, 0, 0, 0, "General Purpose"),
            ("r5d.xlarge", 4, 32_768, 0, 1, 150, "Memory Optimized"),
            ("i3.xlarge", 4, 31_232, 0, 1, 950, "Storage Optimized"),
            ("i3.2xlarge", 8, 62_464, 0, 1, 1_900, "Storage Optimized"),
            ("c5d.2xlarge", 8, 16_384, 0, 1, 200, "Compute Optimized"),
            ("g4dn.xlarge", 4, 16_384, 1, 1, 125, "GPU Accelerated"),
        ]
        .map { name, cores, memory, gpus, disks, diskSize, category in
            [
                "node_type_id": .string(name),
                "instance_type_id": .string(name),
                "description": .string(name),
                "num_cores": .integer(cores),
                "memory_mb": .integer(memory),
                "num_gpus": .integer(gpus),
                "category": .string(category),
                "is_deprecated": false,
                "is_hidden": false,
                "is_graviton": false,
                "is_io_cache_enabled": .boolean(disks > 0),
                "photon_driver_capable": .boolean(gpus == 0),
                "photon_worker_capable": .boolean(gpus == 0),
                "support_cluster_tags": true,
                "support_ebs_volumes": true,
                "support_port_forwarding": true,
                "node_instance_type": [
                    "instance_type_id": .string(name),
                    "local_disks": 0,
                    "local_disk_size_gb": 0,
                    "local_nvme_disks": .integer(disks),
                    "local_nvme_disk_size_gb": .integer(diskSize),
                ],
            ]
        }
    )
}
