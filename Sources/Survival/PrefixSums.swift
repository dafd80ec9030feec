/// Sums over ranks that grow one value at a time (Fenwick, Software: Practice and Experience 1994;24:327).
struct PrefixSums {
    private var tree: [Double]
    /// Sum over all ranks.
    private(set) var total = 0.0

    init(count: Int) { tree = [Double](repeating: 0, count: count + 1) }

    mutating func add(_ value: Double, at rank: Int) {
        total += value
        var index = rank + 1
        while index < tree.count {
            tree[index] += value
            index += index & -index
        }
    }

    /// Sum over ranks below one.
    func below(_ rank: Int) -> Double {
        var sum = 0.0
        var index = rank
        while index > 0 {
            sum += tree[index]
            index -= index & -index
        }
        return sum
    }
}
