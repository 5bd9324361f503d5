package attest.example

import attest.verifier.Door
import attest.verifier.DoorFiles
import attest.verifier.Verdict
import attest.verifier.readFrame
import java.io.IOException
import java.nio.ByteBuffer

/** A door that follows the ledger from a log, or from any copy of one. `fetch` reads a file below its address, or null. */
class Scanner(files: DoorFiles, private val fetch: (path: String) -> ByteArray?) : AutoCloseable {
    private val door = Door(files)

    /** At the start and every few minutes, off the main thread. What is fetched never depends on what was scanned. */
    fun sync(now: Long) {
        door.startSync(now)
        while (true) {
            for (file in door.wanted().ifEmpty { return }) {
                val bytes = fetch(file.path) ?: file.standIn?.let(fetch) ?: throw IOException("${file.path} is not there")
                door.supply(file.path, bytes)
            }
        }
    }

    /** A frame of CameraX: the buffer of its first plane, and its `rowStride`. Null when there is no code in it. */
    fun frame(width: Int, height: Int, rowStride: Int, luma: ByteBuffer, now: Long): Verdict? {
        val texts = readFrame(width.toUInt(), height.toUInt(), rowStride.toUInt(), luma)
        return texts.firstOrNull()?.let { text -> examine(text, now) }
    }

    /** A text, as from a reader that types. */
    fun examine(text: String, now: Long): Verdict = door.examine(text, now)

    override fun close() = door.close()
}
