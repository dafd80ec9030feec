import Learning

extension PredictiveModel {
    /// Throws `LocalLearningError.badModel` unless trees and bins fit together.
    func require(_ trees: [[TreeNode]], of features: [String], within edges: BinEdges) throws {
        try require(
            edges.features.count == edges.edges.count && features == edges.features,
            "bins and trees differ in their features")
        try require(
            edges.edges.allSatisfy { $0.count <= 253 && zip($0, $0.dropFirst()).allSatisfy(<) },
            "edges are not ascending")
        for tree in trees {
            try require(!tree.isEmpty, "a tree has no node")
            for (place, node) in tree.enumerated() {
                guard let split = node.split else { continue }
                // Children lie behind their parent, so that every way ends.
                try require(
                    edges.features.indices.contains(split.feature) && split.left > place && split.right > place
                        && split.left < tree.count && split.right < tree.count
                        && split.bin > 0 && split.bin <= edges.edges[split.feature].count,
                    "a node of a tree refers to nothing")
            }
        }
    }
}
