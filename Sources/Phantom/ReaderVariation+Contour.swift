#if canImport(Glibc)
    import Glibc
#endif

extension ReaderVariation {
    /// The contours that the two readers draw of a lesion.
    ///
    /// Over most of the margin each departs by a few tenths of a millimetre (a systematic scale and the harmonics 1 to
    /// 5); in one sector the margin is ill-defined, and one reader takes in what the other leaves out.
    func contours(of truth: Contour, planar: Bool, generator: inout PhantomGenerator) -> [Contour] {
        let axis = generator.direction(planar: planar)
        // On the sphere a cap's share of the surface is (1 - cos a) / 2, on the circle an arc's share is a / pi.
        let cosine = planar ? cos(Float.pi * Float(sectorShare)) : 1 - 2 * Float(sectorShare)
        let first: Float = generator.uniform() < 0.5 ? 1 : -1
        let shift = Float(sectorShift) * truth.base * Float(0.7 + 0.6 * generator.uniform())
        return (0..<2).map { reader in
            var contour = truth
            let scale = 1 + Float(scaleBias[reader])
            contour.base *= scale
            for index in contour.harmonics.indices { contour.harmonics[index].amplitude *= scale }
            contour.base += Float(0.5 * contourSD * generator.normal())
            for order in 1...5 {
                // Five waves of random phase: each has half the squared amplitude as its variance along the margin.
                let amplitude = Float(contourSD * generator.normal() * (0.4).squareRoot())
                contour.harmonics.append(
                    Contour.Harmonic(
                        order: order, axis: generator.direction(planar: planar), amplitude: amplitude))
            }
            contour.sectors.append(
                Contour.Sector(
                    axis: axis, cosineOfHalfAngle: cosine, shift: (reader == 0 ? first : -first) * shift))
            return contour
        }
    }
}
