/// Intensities in ascending order, by a radix sort of their bits (11 bits a pass).
struct SortedIntensities {
    let values: [Float]

    /// Sorts finite values.
    init(_ unsorted: [Float]) {
        let count = unsorted.count
        var starts = [Int](repeating: 0, count: 3 * 2_048)
        // Pointers: each pass is a few instructions for each value.
        values = [Float](unsafeUninitializedCapacity: count) { sorted, initialized in
            initialized = count
            guard count > 0 else { return }
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * count) { memory in
                guard var keys = memory.baseAddress else { return }
                var buffer = keys + count
                starts.withUnsafeMutableBufferPointer { starts in
                    for index in 0..<count {
                        let key = Self.key(unsorted[index])
                        keys[index] = key
                        for digit in 0..<3 { starts[digit << 11 + Self.digit(key, digit)] += 1 }
                    }
                    for digit in 0..<3 {
                        // Whole numbers have the same last digits: there is nothing to sort.
                        if starts[digit << 11 + Self.digit(keys[0], digit)] == count { continue }
                        var next = 0
                        for place in digit << 11..<(digit + 1) << 11 {
                            (starts[place], next) = (next, next + starts[place])
                        }
                        for index in 0..<count {
                            let place = digit << 11 + Self.digit(keys[index], digit)
                            buffer[starts[place]] = keys[index]
                            starts[place] += 1
                        }
                        swap(&keys, &buffer)
                    }
                }
                for index in 0..<count { sorted.initializeElement(at: index, to: Self.value(keys[index])) }
            }
        }
    }

    /// Numbers in the order of the values: negative ones are flipped, and zero loses its sign.
    private static func key(_ value: Float) -> UInt32 {
        let bits = (value == 0 ? 0 : value).bitPattern
        return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    }

    private static func value(_ key: UInt32) -> Float {
        Float(bitPattern: key & 0x8000_0000 == 0 ? ~key : key & 0x7FFF_FFFF)
    }

    private static func digit(_ key: UInt32, _ digit: Int) -> Int { Int(key >> UInt32(11 * digit)) & 2_047 }

    /// The percentile by linear interpolation between order statistics (Hyndman and Fan's type 7).
    func percentile(_ percent: Double) -> Double {
        let position = percent / 100 * Double(values.count - 1)
        let below = Int(position)
        let above = min(below + 1, values.count - 1)
        let (low, high) = (Double(values[below]), Double(values[above]))
        return low + (high - low) * (position - Double(below))
    }
}
