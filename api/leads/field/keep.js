// What the phone keeps until it is sent: the order and the answers as text, photos in a store of their own, which holds more.

export function recall(orderId) {
  return JSON.parse(localStorage.getItem(`order ${orderId}`) ?? "null");
}

export function keep(orderId, kept) {
  localStorage.setItem(`order ${orderId}`, JSON.stringify(kept));
}

function photos(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("photos", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("photos", mode);
      const asked = work(transaction.objectStore("photos"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
    };
  });
}

export const keepPhoto = (id, blob) => photos("readwrite", (store) => store.put(blob, id));
export const recallPhoto = (id) => photos("readonly", (store) => store.get(id));
export const dropPhoto = (id) => photos("readwrite", (store) => store.delete(id));

/** Longest side of a photo, px, and its quality: a seal's number stays readable, and a slow network carries it. */
const SIDE_PX = 1600;
const QUALITY = 0.75;

export async function smaller(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
