-- One row, whoever shares it.
UPDATE phones_projection SET number = $2, e164 = $2, version = version + 1, updated_at = now() WHERE id = $1
RETURNING json_build_object('phoneUpdate', json_build_object(
  'phone', json_build_object('id', id, 'number', number, 'e164', e164, 'version', version),
  'position', 'none',
  'userErrors', json_build_array()))::text
