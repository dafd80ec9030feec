/// The way to one leaf as conditions on features, each feature once.
struct LeafPath {
    /// What a feature must be for a case to reach the leaf.
    struct Condition {
        let feature: Int
        var lower = 0
        var upper = Int(UInt8.max)
        var acceptsMissing = true
        /// Product of the shares of the cover that the splits on the feature pass on.
        var share = 1.0

        func holds(_ code: UInt8) -> Bool {
            code == CodedTable.missing ? acceptsMissing : Int(code) >= lower && Int(code) < upper
        }
    }

    let value: Double
    let conditions: [Condition]

    /// The leaves of a tree, in the order of its nodes.
    static func all(of tree: [TreeNode]) -> [LeafPath] {
        var output: [(place: Int, path: LeafPath)] = []
        func follow(_ place: Int, _ conditions: [Condition]) {
            guard let split = tree[place].split else {
                output.append((place, LeafPath(value: tree[place].value, conditions: conditions)))
                return
            }
            for isLeft in [true, false] {
                var following = conditions
                let index: Int
                if let found = following.firstIndex(where: { $0.feature == split.feature }) {
                    index = found
                } else {
                    index = following.count
                    following.append(Condition(feature: split.feature))
                }
                if isLeft {
                    following[index].upper = min(following[index].upper, split.bin)
                } else {
                    following[index].lower = max(following[index].lower, split.bin)
                }
                if split.sendsMissingLeft != isLeft { following[index].acceptsMissing = false }
                let child = isLeft ? split.left : split.right
                following[index].share *= tree[child].cover / tree[place].cover
                follow(child, following)
            }
        }
        if !tree.isEmpty { follow(0, []) }
        return output.sorted { $0.place < $1.place }.map(\.path)
    }

    /// Bits of the conditions that a case meets.
    func pattern(_ code: (Int) -> UInt8) -> Int {
        var bits = 0
        for (place, condition) in conditions.enumerated() where condition.holds(code(condition.feature)) {
            bits |= 1 << place
        }
        return bits
    }
}
