/// Intensities in ascending order, by a radix sort of their bits (11 bits a pass).
struct SortedIntensities {
    let values: [Float]

    /// Sorts finite values.
    init(_ unsorted: [Float]) {
        var keys = unsorted.map { value -> UInt32 in
            // Zero loses its sign; negative numbers are flipped, so the order of the keys is that of the values.
            let bits = (value == 0 ? 0 : value).bitPattern
            return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
        }
        var buffer = keys
        for shift: UInt32 in [0, 11, 22] {
            var starts = [Int](repeating: 0, count: 2_049)
            for key in keys { starts[Int((key >> shift) & 2_047) + 1] += 1 }
            for digit in 1...2_048 { starts[digit] += starts[digit - 1] }
            for key in keys {
                let digit = Int((key >> shift) & 2_047)
                buffer[starts[digit]] = key
                starts[digit] += 1
            }
            swap(&keys, &buffer)
        }
        values = keys.map { Float(bitPattern: $0 & 0x8000_0000 == 0 ? ~$0 : $0 & 0x7FFF_FFFF) }
    }

    /// The percentile by linear interpolation between order statistics (Hyndman and Fan's type 7).
    func percentile(_ percent: Double) -> Double {
        let position = percent / 100 * Double(values.count - 1)
        let below = Int(position)
        let above = min(below + 1, values.count - 1)
        let (low, high) = (Double(values[below]), Double(values[above]))
        return low + (high - low) * (position - Double(below))
    }
}
